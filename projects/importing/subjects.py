"""What can be imported: the columns of each sheet and by what a row is known again."""

from projects.core.sheets import Subject
from projects.inspections.sheets import SCORE_SHEET
from projects.milestones.sheets import MILESTONE_SHEET
from projects.returns.sheets import RETURN_SHEET
from projects.services import bulk_kinds

DEPARTMENTS = Subject(
    kind=bulk_kinds.DEPARTMENTS,
    columns=("code", "name", "short_name", "kind", "parent", "email", "active"),
    keys=(("code",), ("name",)),
    aliases={"单位代码": "code", "单位名称": "name", "单位全称": "name", "邮箱": "email"},
)
PEOPLE = Subject(
    kind=bulk_kinds.PEOPLE,
    columns=("username", "name", "email", "is_active"),
    keys=(("username",), ("email",)),
    aliases={"账号": "username", "用户": "username", "电子邮箱": "email", "人员姓名": "name"},
)
MEMBERSHIPS = Subject(
    kind=bulk_kinds.MEMBERSHIPS,
    columns=("user", "department", "role"),
    keys=(("user", "department", "role"),),
    aliases={"账号": "user", "姓名": "user", "人员": "user", "单位": "department"},
)
PROJECTS = Subject(
    kind=bulk_kinds.PROJECTS,
    columns=(
        "code", "approval_code", "name", "description", "category", "cluster", "district",
        "latitude", "longitude", "lead_department", "supporting_departments", "sponsor",
        "responsible_head", "officer", "owner_company", "owner_credit_code", "total_investment",
        "investment_before", "entered_statistics_on", "section", "note",
    ),
    keys=(("code",), ("approval_code",), ("name",)),
    known_only=("code",),
    aliases={
        "项目名称": "name", "编号": "code", "建设规模及内容": "description",
        "建设内容及规模": "description", "项目类别": "category", "集群": "cluster",
        "旗县区": "district", "建设地点": "district", "所属地区": "district", "地区": "district",
        "牵头部门": "lead_department", "责任单位": "lead_department",
        "配合部门": "supporting_departments", "建设单位": "owner_company",
        "业主": "owner_company", "项目业主": "owner_company", "信用代码": "owner_credit_code",
        "计划总投资": "total_investment", "项目总投资": "total_investment", "备注": "note",
    },
    money=("total_investment", "investment_before"),
)  # fmt: skip
SUBJECTS: dict[str, Subject] = {
    "departments": DEPARTMENTS,
    "people": PEOPLE,
    "users": PEOPLE,
    "memberships": MEMBERSHIPS,
    "projects": PROJECTS,
    "milestones": MILESTONE_SHEET,
    "progress-returns": RETURN_SHEET,
    "returns": RETURN_SHEET,
    "inspection-scores": SCORE_SHEET,
    "scores": SCORE_SHEET,
}
