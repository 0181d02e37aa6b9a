"""What can be imported: the columns of each sheet and by what a row is known again."""

from projects.core.sheets import Subject
from projects.register.kinds import PROJECT_KIND
from projects.register.models import PROJECT_FACTS

PROJECT_SHEET = Subject(
    kind=PROJECT_KIND,
    columns=("code", *PROJECT_FACTS, "section", "note"),
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
