"""What can be imported: the columns of each sheet and by what a row is known again."""

from projects.core.sheets import Subject
from projects.inspections.sheets import SCORE_SHEET
from projects.milestones.sheets import MILESTONE_SHEET
from projects.people.sheets import DEPARTMENT_SHEET, MEMBERSHIP_SHEET, USER_SHEET
from projects.register.sheets import PROJECT_SHEET
from projects.returns.sheets import RETURN_SHEET

SUBJECTS: dict[str, Subject] = {
    "departments": DEPARTMENT_SHEET,
    "people": USER_SHEET,
    "users": USER_SHEET,
    "memberships": MEMBERSHIP_SHEET,
    "projects": PROJECT_SHEET,
    "milestones": MILESTONE_SHEET,
    "progress-returns": RETURN_SHEET,
    "returns": RETURN_SHEET,
    "inspection-scores": SCORE_SHEET,
    "scores": SCORE_SHEET,
}
