"""What the report's data consists of, as frozen values that know nothing of Django's models.

The code values are those of the models' choices; a test compares the two.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

DEPARTMENT_KINDS = ("bureau", "district", "park", "company", "other")
CATEGORIES = (
    "industry",
    "infrastructure",
    "energy",
    "livelihood",
    "ecology",
    "culture_tourism",
    "technology_platform",
)
CLUSTERS = (
    "",
    "rare_earth",
    "crystalline_silicon",
    "wind_equipment",
    "fluorine_materials",
    "high_performance_fibre",
    "new_energy_heavy_trucks",
    "energy_storage",
    "hydrogen",
    "steel",
    "aluminium",
    "copper",
    "metallurgy",
    "new_energy",
    "low_altitude",
    "silicon_materials",
    "semiconductors",
    "producer_services",
)
STAGES = ("reserve", "preparation", "construction", "commissioned")
COMMITMENTS = ("ensure", "plan", "strive", "push")
COMPARATORS = (
    "at_least",
    "above",
    "reach",
    "about",
    "at_most",
    "done",
    "keep_at_least",
    "exactly_all",
    "in_step_with",
)
WITHOUT_VALUE = ("done", "in_step_with")
MEASURES = ("cumulative", "level", "growth", "share")
PROJECT_FIGURES = (
    "programme_count",
    "started",
    "commissioned",
    "enrolled",
    "investment",
    "investment_growth",
)
FREQUENCIES = ("month", "quarter", "year")
SOURCES = ("reported", "from_projects", "from_items", "from_parts")
QUALIFIERS = ("", "at_least", "above", "about")
PERIODS = ("year", "first_three_quarters")
DATE_BASES = ("stated", "year_end")
ASSIGNED = ("inferred", "stated")


@dataclass(frozen=True)
class DepartmentData:
    """A bureau, district, park or company that answers for something in the report."""

    code: str
    name: str
    short_name: str
    kind: str
    programme_office: bool
    parent: str | None
    email: str


@dataclass(frozen=True)
class ProgrammeData:
    """A year's programme of major projects; the report states its size but lists no members."""

    year: int
    title: str
    planned_count: int
    list_in_report: bool
    section: str
    paragraph: str
    wording: str
    note: str


@dataclass(frozen=True)
class UntrackedPassage:
    """Words that look like a promise or a figure, and why they are none."""

    wording: str
    why: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the report: the quantities in it, and what in it cannot be tracked."""

    id: str
    section: str
    title: str
    figures: tuple[str, ...]
    policy: str | None
    not_tracked: tuple[UntrackedPassage, ...]


@dataclass(frozen=True)
class MilestoneData:
    """A promise about a named project, due on the day stated or else at the year's end."""

    key: str
    name: str
    commitment: str
    due_on: date
    date_basis: str
    section: str
    paragraph: str
    wording: str


@dataclass(frozen=True)
class ProjectData:
    """A project that the report names."""

    key: str
    name: str
    description: str
    category: str
    cluster: str
    district: str | None
    lead_department: str
    supporting_departments: tuple[str, ...]
    assigned: str
    stage: str
    expected_outcome: str
    commitment: str
    section: str
    paragraph: str
    wording: str
    milestones: tuple[MilestoneData, ...]
    note: str


@dataclass(frozen=True)
class BaselineData:
    """Last year's figure as the report gives it, in the target's unit."""

    value: Decimal
    qualifier: str
    estimated: bool
    period: str
    section: str
    note: str


@dataclass(frozen=True)
class PartData:
    """What one department owes of a target, where the report itself breaks it down."""

    department: str
    value: Decimal
    note: str


@dataclass(frozen=True)
class CalendarData:
    """How often a target's figure is published, and how many days after its period."""

    frequency: str
    jan_feb_combined: bool
    after_days: int
    year_after_days: int | None


@dataclass(frozen=True)
class ProjectFigureData:
    """What is read off the projects, and of which of them; money in 10 000 yuan."""

    figure: str
    category: str
    cluster: str
    district: str | None
    min_investment: Decimal | None


@dataclass(frozen=True)
class TargetData:
    """A promise that can be checked; ``value`` is None for ``done`` and ``in_step_with``, and for
    all of a list that is brought in later."""

    key: str
    name: str
    value: Decimal | None
    unit: str
    comparator: str
    measure: str
    source: str
    commitment: str
    projects: ProjectFigureData | None
    baseline: BaselineData | None
    due_on: date
    calendar: CalendarData
    lead_department: str
    supporting_departments: tuple[str, ...]
    assigned: str
    weight: Decimal
    section: str
    paragraph: str
    wording: str
    tolerance: Decimal | None
    in_step_with: str | None
    parts: tuple[PartData, ...]
    note: str

    @property
    def all_listed(self) -> bool:
        """Whether it promises all of a list whose length the report does not tell."""
        both = self.comparator == "exactly_all" and self.source == "from_items"
        return both and self.value is None


@dataclass(frozen=True)
class WorkItemData:
    """A member of the list behind a target, or (``placeholder``) a whole list, or the rest of one,
    of which only the size is known."""

    key: str
    target: str
    name: str
    quantity: Decimal
    unit: str
    place: str
    plan: str
    lead_department: str
    due_on: date
    placeholder: bool
    section: str
    paragraph: str
    wording: str
    note: str


@dataclass(frozen=True)
class WorkReport:
    """A year's whole work report, checked: every reference in it leads somewhere."""

    year: int
    title: str
    given_on: date
    departments: tuple[DepartmentData, ...]
    programmes: tuple[ProgrammeData, ...]
    paragraphs: tuple[Paragraph, ...]
    projects: tuple[ProjectData, ...]
    targets: tuple[TargetData, ...]
    work_items: tuple[WorkItemData, ...]

    @property
    def milestones(self) -> tuple[MilestoneData, ...]:
        return tuple(milestone for project in self.projects for milestone in project.milestones)
