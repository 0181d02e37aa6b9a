"""Says of a project in OC4IDS 0.9 what may be public. Pure functions over plain values.

Never in it: people's names and addresses, problems, returns, scores, notes, synthetic rows.
Reference: https://standard.open-contracting.org/infrastructure/0.9/ (code lists projectStatus,
projectType, projectSector, partyRole, milestoneStatus).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portfolio.core.complete import check_complete
from projects.choices import Stage

VERSION = "0.9"
YUAN_IN_TEN_THOUSAND = 10_000
CITY_OFFSET = "+08:00"

# Stage → projectStatus. 投产/交付 hands the asset over; 纳规 is its running in ordinary times.
# A project that stands still has the status of the stage that it goes back to.
STATUS = {
    "reserve": "identification",
    "preparation": "preparation",
    "construction": "implementation",
    "commissioned": "completion",
    "enrolled": "maintenance",
    "cancelled": "cancelled",
}
check_complete("STATUS", STATUS, Stage, aside={Stage.SUSPENDED})
# What the name says is done to the asset → projectType; the first that fits. A new one otherwise.
TYPES = [
    (("拆除",), "decommissioning"),
    (("迁建", "重建", "置换"), "replacement"),
    (("改造", "更新", "修缮", "提升", "升级", "治理", "修复"), "rehabilitation"),
    (("扩建", "扩能", "扩产", "增容"), "expansion"),
]
# Category → projectSector, where it is certain; the rest is read off the name.
SECTORS = {
    "industry": "economy",
    "energy": "energy",
    "ecology": "naturalResources",
    "culture_tourism": "cultureSportsAndRecreation",
    "technology_platform": "economy",
}
SECTORS_BY_NAME: dict[str, list[tuple[tuple[str, ...], str]]] = {
    "energy": [
        (("风电", "风力"), "energy.wind"),
        (("光伏", "太阳能"), "energy.solar"),
        (("抽水蓄能", "水电"), "energy.hydropower"),
        (("生物质",), "energy.biomass"),
        (("地热",), "energy.geothermal"),
    ],
    "ecology": [
        (("防洪", "堤"), "naturalResources.floodProtection"),
        (("污", "垃圾", "固废"), "waterAndWaste"),
    ],
    "infrastructure": [
        (("铁路", "高铁", "轨道"), "transport.rail"),
        (("机场", "航空"), "transport.air"),
        (("公路", "国道", "高速", "大街", "道路", "路段", "桥"), "transport.road"),
        (("口岸", "物流", "交通"), "transport"),
        (("水库", "供水", "引水", "污水", "管网", "垃圾"), "waterAndWaste"),
        (("算力", "通信", "数据中心"), "communications"),
        (("变电", "输电", "主变", "电网", "供热", "输氢", "燃气"), "energy"),
    ],
    "livelihood": [
        (("学校", "小学", "中学", "幼儿园", "大学"), "education"),
        (("医院", "卫生", "照护", "养老", "医疗"), "health"),
        (("住房", "安置", "棚户", "小区", "公寓", "平房区"), "socialHousing"),
        (("体育", "文化", "公园", "图书"), "cultureSportsAndRecreation"),
    ],
}


@dataclass(frozen=True)
class PublicMove:
    """A move from stage to stage that is in force, with its day of effect."""

    from_stage: str
    to_stage: str
    effective_on: dt.date


@dataclass(frozen=True)
class PublicMilestone:
    id: int
    name: str
    due_on: dt.date
    done_on: dt.date | None


@dataclass(frozen=True)
class PublicPlan:
    """A year's approved plan."""

    year: int
    planned_investment: Decimal | None
    planned_start: dt.date | None
    planned_commissioning: dt.date | None


@dataclass(frozen=True)
class PublicProject:
    """Everything that leaves the house of a project; money in 万元."""

    code: str
    name: str
    category: str
    stage: str
    department_code: str
    department_name: str
    updated: dt.datetime | None = None
    description: str = ""
    approval_code: str | None = None
    district_name: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    owner_company: str = ""
    owner_credit_code: str = ""
    total_investment: Decimal | None = None
    moves: list[PublicMove] = field(default_factory=list)  # by day of effect
    milestones: list[PublicMilestone] = field(default_factory=list)
    plans: list[PublicPlan] = field(default_factory=list)  # by year


def project_package(
    projects: list[PublicProject], *, uri: str, publisher: str, today: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Returns the package; it bears the moment at which what it tells last changed."""
    changed = [project.updated for project in projects if project.updated]
    return {
        "uri": uri,
        "version": VERSION,
        "publishedDate": _moment(max(changed, default=now)),
        "publisher": {"name": publisher},
        "projects": [describe_project(project, today=today) for project in projects],
    }


def describe_project(project: PublicProject, *, today: dt.date) -> dict[str, Any]:
    """Returns one project; what is not known is left out, as the standard asks."""
    authority = f"CN-DEPARTMENT-{project.department_code}"
    return _drop_unknown(
        {
            "id": project.code,
            "updated": _moment(project.updated) if project.updated else None,
            "language": "zh",
            "title": project.name,
            "description": project.description,
            "identifiers": _approval(project),
            "status": status_of(project.stage, project.moves),
            "type": type_of(project.name),
            "sector": sector_of(project.category, project.name),
            "publicAuthority": {"id": authority, "name": project.department_name},
            "parties": _parties(project, authority),
            "budget": _drop_unknown({"amount": money(project.total_investment)}),
            "period": _period(project),
            "implementationPeriod": _dates(
                _stage_day(project, "construction"), _stage_day(project, "commissioned")
            ),
            "completion": _drop_unknown({"endDate": _day(_stage_day(project, "commissioned"))}),
            "locations": _locations(project),
            "milestones": [_milestone(each, today) for each in project.milestones],
            "forecasts": _forecasts(project.plans),
        }
    )


def status_of(stage: str, moves: Iterable[PublicMove] = ()) -> str | None:
    """Returns the code of projectStatus; none for a project of which only the halt is known."""
    if stage == "suspended":
        before = [move.from_stage for move in moves if move.to_stage == "suspended"]
        stage = before[-1] if before else ""
    return STATUS.get(stage)


def type_of(name: str) -> str:
    """Returns the code of projectType."""
    return next((code for words, code in TYPES if _says(name, words)), "construction")


def sector_of(category: str, name: str) -> list[str]:
    """Returns the codes of projectSector: a part of a sector together with the whole."""
    by_name = SECTORS_BY_NAME.get(category, [])
    found = next((code for words, code in by_name if _says(name, words)), SECTORS.get(category))
    if found is None:
        return []
    whole = found.split(".")[0]
    return [whole] if whole == found else [whole, found]


def money(ten_thousands: Decimal | None) -> dict[str, Any] | None:
    """Returns 万元 as yuan; two decimals of 万元 are whole yuan."""
    if ten_thousands is None:
        return None
    return {"amount": int(ten_thousands * YUAN_IN_TEN_THOUSAND), "currency": "CNY"}


def _says(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name for word in words)


def _drop_unknown(values: dict[str, Any]) -> dict[str, Any]:
    """Leaves out what is unknown: the schema allows neither null nor an empty list."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _day(day: dt.date | None) -> str | None:
    return f"{day.isoformat()}T00:00:00{CITY_OFFSET}" if day else None


def _moment(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _dates(start: dt.date | None, end: dt.date | None) -> dict[str, Any]:
    return _drop_unknown({"startDate": _day(start), "endDate": _day(end)})


def _stage_day(project: PublicProject, stage: str) -> dt.date | None:
    """Returns the day of the first move to a stage; at its registration a project was there
    already, nobody said since when."""
    days = [m.effective_on for m in project.moves if m.to_stage == stage and m.from_stage]
    return days[0] if days else None


def _period(project: PublicProject) -> dict[str, Any]:
    starts = [plan.planned_start for plan in project.plans if plan.planned_start]
    ends = [plan.planned_commissioning for plan in project.plans if plan.planned_commissioning]
    start = _stage_day(project, "construction") or min(starts, default=None)
    end = _stage_day(project, "commissioned") or max(ends, default=None)
    return _dates(start, end)


def _approval(project: PublicProject) -> list[dict[str, str]]:
    if not project.approval_code:
        return []
    return [{"id": project.approval_code, "scheme": "GB/T 40058-2021"}]


def _parties(project: PublicProject, authority: str) -> list[dict[str, Any]]:
    parties: list[dict[str, Any]] = [
        {
            "id": authority,
            "name": project.department_name,
            "identifier": {
                "scheme": "CN-DEPARTMENT",
                "id": project.department_code,
                "legalName": project.department_name,
            },
            "roles": ["publicAuthority"],
        }
    ]
    if project.owner_company:
        credit = project.owner_credit_code
        identifier = {"scheme": "CN-USCC", "id": credit, "legalName": project.owner_company}
        parties.append(
            _drop_unknown(
                {
                    "id": f"CN-USCC-{credit}" if credit else f"{project.code}-owner",
                    "name": project.owner_company,
                    "identifier": identifier if credit else None,
                    "roles": ["buyer"],
                }
            )
        )
    return parties


def _locations(project: PublicProject) -> list[dict[str, Any]]:
    point = None
    if project.latitude is not None and project.longitude is not None:
        coordinates = [float(project.longitude), float(project.latitude)]
        point = {"type": "Point", "coordinates": coordinates}
    if point is None and not project.district_name:
        return []
    return [
        _drop_unknown({"id": project.code, "description": project.district_name, "geometry": point})
    ]


def _milestone(milestone: PublicMilestone, today: dt.date) -> dict[str, Any]:
    late = milestone.due_on < today
    status = "met" if milestone.done_on else "notMet" if late else "scheduled"
    return _drop_unknown(
        {
            "id": str(milestone.id),
            "title": milestone.name,
            "dueDate": _day(milestone.due_on),
            "dateMet": _day(milestone.done_on),
            "status": status,
        }
    )


def _forecasts(plans: list[PublicPlan]) -> list[dict[str, Any]]:
    observations = [
        {
            "id": str(plan.year),
            "period": _dates(dt.date(plan.year, 1, 1), dt.date(plan.year, 12, 31)),
            "value": money(plan.planned_investment),
        }
        for plan in plans
        if plan.planned_investment is not None
    ]
    if not observations:
        return []
    return [{"id": "annualInvestment", "title": "年度计划投资", "observations": observations}]
