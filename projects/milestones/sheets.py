"""What can be imported: the columns of each sheet and by what a row is known again."""

from projects.core.sheets import Subject
from projects.milestones.kinds import MILESTONE_KIND

MILESTONE_SHEET = Subject(
    kind=MILESTONE_KIND,
    columns=(
        "project", "name", "commitment", "due_on", "date_basis", "forecast_on", "done_on",
        "officer", "evidence", "section",
    ),
    keys=(("project", "name"),),
    aliases={
        "项目编号": "project", "项目": "project", "项目名称": "project", "节点名称": "name",
        "期限": "due_on", "完成时限": "due_on", "时限": "due_on",
    },
)  # fmt: skip
