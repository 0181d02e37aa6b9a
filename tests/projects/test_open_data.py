"""Open data: what leaves the house, in the standard's form, and what never does."""

import csv
import datetime as dt
import json
import os
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from referencing import Registry, Resource

from portfolio.core import clock
from projects.choices import Stage
from projects.opendata import mapping
from projects.opendata.mapping import PublicMove, sector_of, status_of, type_of
from projects.register.models import Project, StageTransition
from tests import clients, factories

PATH = "/api/v1/projects/oc4ids/"
# Where the standard's files lie; `.ci/run` sets it. They are nobody's to copy.
FOLDER = os.environ.get("OC4IDS_SCHEMA")
needs_the_schema = pytest.mark.skipif(
    not FOLDER, reason="OC4IDS_SCHEMA names no folder with the standard's files"
)


def schema_file(name: str) -> Path:
    """Fails, not skips, where the folder is named and does not hold what it should."""
    path = Path(FOLDER or "") / name
    assert path.is_file(), f"OC4IDS_SCHEMA={FOLDER} has no {name}"
    return path


def problems_of(package: dict) -> list[str]:
    schema = json.loads(schema_file("project-package-schema.json").read_text())
    project = json.loads(schema_file("project-schema.json").read_text())
    registry = Registry().with_resource(project["id"], Resource.from_contents(project))
    checks = jsonschema.FormatChecker()

    @checks.checks("date-time", raises=ValueError)
    def is_a_moment(value: object) -> bool:
        return dt.datetime.fromisoformat(str(value)).tzinfo is not None

    validator = jsonschema.Draft4Validator(schema, registry=registry, format_checker=checks)
    return [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(package)]


def codes_of(name: str) -> set[str]:
    with schema_file(name).open(encoding="utf-8") as file:
        return {row["Code"] for row in csv.DictReader(file)}


def full_project() -> Project:
    """A project of which everything that can be told is known, and more that must not be."""
    project = factories.ProjectFactory(
        name="林南平房区安置房",
        description="安置房 1200 套",
        category="livelihood",
        approval_code="2501-150203-04-01-123456",
        lead_department=factories.DepartmentFactory(code="housing", name="测试市住房局"),
        district=factories.DistrictFactory(name="测试区"),
        latitude=Decimal("40.65781"),
        longitude=Decimal("109.84021"),
        owner_company="测试城投有限公司",
        owner_credit_code="91150200MA0N000000",
        total_investment=Decimal("12345.67"),
        officer=factories.UserFactory(name="不可公开者", email="secret@city.example"),
        note="内部说明",
        stage="preparation",
    )
    StageTransition.objects.create(
        project=project,
        from_stage="preparation",
        to_stage="construction",
        effective_on=dt.date(2025, 4, 10),
    )
    factories.MilestoneFactory(project=project, name="交付", officer=project.officer)
    factories.DoneMilestoneFactory(project=project, name="封顶", evidence="内部依据")
    factories.ProgrammeEntryFactory(
        project=project,
        planned_investment=Decimal("800.5"),
        planned_start=dt.date(2025, 4, 1),
        planned_commissioning=dt.date(2025, 9, 30),
        approved_on=dt.date(2025, 1, 20),
    )
    return project


def package(client=None, **asked) -> dict:
    response = (client or clients.viewer()).get(PATH, asked)
    assert response.status_code == 200, response.json()
    return response.json()


@needs_the_schema
@pytest.mark.django_db
def test_the_package_is_valid_by_the_standards_schema():
    full_project()
    factories.ProjectFactory(total_investment=None, stage="suspended")  # little is known of it
    assert problems_of(package()) == []


@needs_the_schema
@pytest.mark.django_db
def test_the_schema_would_find_a_fault():
    factories.ProjectFactory()
    faulty = package()
    faulty["projects"][0] |= {"status": "somewhere", "updated": "yesterday"}
    assert len(problems_of(faulty)) == 2


@needs_the_schema
def test_every_code_is_in_the_standards_lists():
    stages = set(Stage.values) - {"suspended"}
    assert set(mapping.STATUS) == stages
    assert set(mapping.STATUS.values()) <= codes_of("projectStatus.csv")
    assert {code for _words, code in mapping.TYPES} | {"construction"} <= codes_of(
        "projectType.csv"
    )
    by_name = [code for rows in mapping.SECTORS_BY_NAME.values() for _words, code in rows]
    assert {*mapping.SECTORS.values(), *by_name} <= codes_of("projectSector.csv")
    assert {"publicAuthority", "buyer"} <= codes_of("partyRole.csv")
    assert {"scheduled", "met", "notMet"} <= codes_of("milestoneStatus.csv")


@pytest.mark.django_db
def test_a_project_is_told_in_yuan_degrees_and_codes():
    with clock.at(dt.datetime(2025, 10, 1, 4, tzinfo=dt.UTC)):
        project = full_project()
        viewer = factories.MembershipFactory(role="viewer").user
        (told,) = package(clients.signed_in(viewer))["projects"]
    milestones = {each.pop("title"): each for each in told.pop("milestones")}
    assert milestones["交付"]["status"] == "notMet"
    assert milestones["封顶"]["status"] == "met"
    assert milestones["封顶"]["dateMet"] == "2025-06-30T00:00:00+08:00"
    assert dt.datetime.fromisoformat(told.pop("updated")).tzinfo
    assert told == {
        "id": project.code,
        "language": "zh",
        "title": "林南平房区安置房",
        "description": "安置房 1200 套",
        "identifiers": [{"id": "2501-150203-04-01-123456", "scheme": "GB/T 40058-2021"}],
        "status": "implementation",
        "type": "construction",
        "sector": ["socialHousing"],
        "publicAuthority": {"id": "CN-DEPARTMENT-housing", "name": "测试市住房局"},
        "parties": [
            {
                "id": "CN-DEPARTMENT-housing",
                "name": "测试市住房局",
                "identifier": {
                    "scheme": "CN-DEPARTMENT",
                    "id": "housing",
                    "legalName": "测试市住房局",
                },
                "roles": ["publicAuthority"],
            },
            {
                "id": "CN-USCC-91150200MA0N000000",
                "name": "测试城投有限公司",
                "identifier": {
                    "scheme": "CN-USCC",
                    "id": "91150200MA0N000000",
                    "legalName": "测试城投有限公司",
                },
                "roles": ["buyer"],
            },
        ],
        "budget": {"amount": {"amount": 123456700, "currency": "CNY"}},
        # It was begun on 10 April; when it will be commissioned only the plan says.
        "period": {
            "startDate": "2025-04-10T00:00:00+08:00",
            "endDate": "2025-09-30T00:00:00+08:00",
        },
        "implementationPeriod": {"startDate": "2025-04-10T00:00:00+08:00"},
        "locations": [
            {
                "id": project.code,
                "description": "测试区",
                "geometry": {"type": "Point", "coordinates": [109.84021, 40.65781]},
            }
        ],
        "forecasts": [
            {
                "id": "annualInvestment",
                "title": "年度计划投资",
                "observations": [
                    {
                        "id": "2025",
                        "period": {
                            "startDate": "2025-01-01T00:00:00+08:00",
                            "endDate": "2025-12-31T00:00:00+08:00",
                        },
                        "value": {"amount": 8005000, "currency": "CNY"},
                    }
                ],
            }
        ],
    }


@pytest.mark.django_db
def test_people_notes_evidence_and_made_up_projects_stay_inside():
    full_project()
    made_up = factories.ProjectFactory(synthetic=True)
    text = json.dumps(package(), ensure_ascii=False)
    for secret in ("不可公开者", "secret@", "@", "内部", made_up.code):
        assert secret not in text


@pytest.mark.django_db
def test_a_plan_that_nobody_approved_is_not_published():
    factories.ProgrammeEntryFactory(planned_investment=5, planned_start=dt.date(2025, 1, 1))
    (told,) = package()["projects"]
    assert "forecasts" not in told
    assert "period" not in told


@pytest.mark.django_db
def test_whoever_is_not_signed_in_gets_nothing():
    factories.ProjectFactory()
    assert clients.Client().get(PATH).status_code == 401
    nobody_in_particular = clients.signed_in(factories.UserFactory())
    assert nobody_in_particular.get(PATH).status_code == 200


@pytest.mark.django_db
def test_the_package_comes_in_pages_that_name_the_next():
    codes = [factories.ProjectFactory().code for _ in range(3)]
    client = clients.viewer()
    response = client.get(PATH, {"page_size": 2})
    first = response.json()
    assert [project["id"] for project in first["projects"]] == codes[:2]
    assert response.headers["Link"] == f'<{first["links"]["next"]}>; rel="next"'
    second = client.get(first["links"]["next"]).json()
    assert [project["id"] for project in second["projects"]] == codes[2:]
    assert second["uri"] == first["links"]["next"]
    assert list(second["links"]) == ["prev"]
    assert client.get(PATH, {"page_size": 501}).status_code == 400
    assert client.get(PATH, {"page": 9}).status_code == 404
    assert clients.errors_of(client.get(PATH, {"colour": "red"})) == {
        "/colour": "unknown_parameter"
    }


@pytest.mark.django_db
def test_without_a_project_there_is_no_package():
    assert clients.viewer().get(PATH).status_code == 404


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_projects():
    client = clients.administrator()
    client.get("/api/v1/auth/me")  # a token's first use of the day is a write of its own
    counts = []
    for _ in range(2):
        for _ in range(3):
            factories.MilestoneFactory()
        with CaptureQueriesContext(connection) as captured:
            package(client)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 13


@pytest.mark.django_db
def test_the_package_of_a_past_day_tells_what_was_known_then():
    with clock.at(dt.datetime(2025, 3, 1, 4, tzinfo=dt.UTC)):
        project = factories.ProjectFactory(name="旧名")
    with clock.at(dt.datetime(2025, 8, 1, 4, tzinfo=dt.UTC)):
        Project.objects.filter(pk=project.pk).update(name="新名")
    then = package(as_of="2025-06-30")
    assert then["projects"][0]["title"] == "旧名"
    assert then["publishedDate"].startswith("2025-03-01")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("建安大街改造", "rehabilitation"),
        ("包风3主变扩建", "expansion"),
        ("一中迁建", "replacement"),
        ("旧厂拆除", "decommissioning"),
        ("龙马铸造", "construction"),
    ],
)
def test_the_type_is_read_off_the_name(name, code):
    assert type_of(name) == code


@pytest.mark.parametrize(
    ("category", "name", "codes"),
    [
        ("energy", "美岱抽水蓄能项目", ["energy", "energy.hydropower"]),
        ("energy", "华电输氢管线", ["energy"]),
        ("infrastructure", "包银高铁（包头段）", ["transport", "transport.rail"]),
        ("infrastructure", "跨境电商综试区", []),
        ("livelihood", "“临家”照护中心", ["health"]),
        ("ecology", "雨污分流综合治理", ["waterAndWaste"]),
        ("industry", "弘元光伏组件", ["economy"]),
    ],
)
def test_the_sector_is_the_categorys_or_read_off_the_name(category, name, codes):
    assert sector_of(category, name) == codes


def test_a_project_that_stands_still_has_the_status_of_where_it_stopped():
    day = dt.date(2025, 1, 1)
    moves = [
        PublicMove("preparation", "construction", day),
        PublicMove("construction", "suspended", day),
    ]
    assert status_of("suspended", moves) == "implementation"
    assert status_of("suspended") is None
    assert status_of("enrolled") == "maintenance"
