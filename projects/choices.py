"""The closed code lists of the field (docs/glossary.md maps them one to one)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portfolio.core.complete import check_complete


class DepartmentKind(models.TextChoices):
    BUREAU = "bureau", _("市直部门")
    DISTRICT = "district", _("旗县区")
    PARK = "park", _("园区")
    COMPANY = "company", _("市属国企")
    OTHER = "other", _("其他")


class Role(models.TextChoices):
    REPORTER = "reporter", _("填报员")
    HEAD = "head", _("负责人")
    SUPERVISOR = "supervisor", _("督查员")
    JUDGE = "judge", _("评委")
    LEADER = "leader", _("市领导")
    VIEWER = "viewer", _("查阅")


class Category(models.TextChoices):
    INDUSTRY = "industry", _("产业")
    INFRASTRUCTURE = "infrastructure", _("基础设施")
    ENERGY = "energy", _("能源")
    LIVELIHOOD = "livelihood", _("民生")
    ECOLOGY = "ecology", _("生态")
    CULTURE_TOURISM = "culture_tourism", _("文旅")
    TECHNOLOGY_PLATFORM = "technology_platform", _("科技平台")


class Cluster(models.TextChoices):
    """The "3+5+N" industry clusters (work report §三（二）)."""

    RARE_EARTH = "rare_earth", _("稀土")
    CRYSTALLINE_SILICON = "crystalline_silicon", _("晶硅光伏")
    WIND_EQUIPMENT = "wind_equipment", _("风电装备")
    FLUORINE_MATERIALS = "fluorine_materials", _("氟材料")
    HIGH_PERFORMANCE_FIBRE = "high_performance_fibre", _("高性能纤维材料")
    NEW_ENERGY_HEAVY_TRUCKS = "new_energy_heavy_trucks", _("新能源重卡")
    ENERGY_STORAGE = "energy_storage", _("储能")
    HYDROGEN = "hydrogen", _("氢能")
    STEEL = "steel", _("钢铁")
    ALUMINIUM = "aluminium", _("铝")
    COPPER = "copper", _("铜")
    METALLURGY = "metallurgy", _("其他冶金")
    NEW_ENERGY = "new_energy", _("新能源")
    LOW_ALTITUDE = "low_altitude", _("低空经济")
    SILICON_MATERIALS = "silicon_materials", _("硅基材料")
    SEMICONDUCTORS = "semiconductors", _("集成电路")
    PRODUCER_SERVICES = "producer_services", _("生产性服务业")


class Stage(models.TextChoices):
    RESERVE = "reserve", _("谋划储备")
    PREPARATION = "preparation", _("前期")
    CONSTRUCTION = "construction", _("开工在建")
    COMMISSIONED = "commissioned", _("投产/交付")
    ENROLLED = "enrolled", _("纳规")
    SUSPENDED = "suspended", _("停缓建")
    CANCELLED = "cancelled", _("终止")


class LightColour(models.TextChoices):
    RED = "red", _("红灯")
    YELLOW = "yellow", _("黄灯")
    GREEN = "green", _("绿灯")
    GREY = "grey", _("数据不足")


# The gravest first: of what has no data nobody knows, which is graver than green.
GRAVEST_FIRST = (LightColour.RED, LightColour.YELLOW, LightColour.GREY, LightColour.GREEN)
GRAVE_LIGHTS = (LightColour.RED, LightColour.YELLOW)
check_complete("GRAVEST_FIRST", GRAVEST_FIRST, LightColour)


class LightMeasure(models.TextChoices):
    """What a rule of the policy looks at; thresholds are in the unit named."""

    MILESTONE_OVERDUE_DAYS = "milestone_overdue_days", _("节点逾期天数")
    POINTS_BEHIND = "points_behind", _("落后序时进度 (百分点)")
    FORECAST_SLIP_DAYS = "forecast_slip_days", _("预计完成晚于计划天数")
    MILESTONE_SLIP_DAYS = "milestone_slip_days", _("节点延期天数")
    START_MISSED_MONTHS = "start_missed_months", _("未按计划开工月数")
    NOT_IN_STATISTICS_MONTHS = "not_in_statistics_months", _("开工后未入统月数")
    LAPSE_MADE_UP = "lapse_made_up", _("本季度内曾滞后后补上")


class Commitment(models.TextChoices):
    ENSURE = "ensure", _("确保")
    PLAN = "plan", _("计划")
    STRIVE = "strive", _("力争")
    PUSH = "push", _("推动")


class Assigned(models.TextChoices):
    """Whether the report itself names who answers, or the usual division of work does."""

    STATED = "stated", _("报告载明")
    INFERRED = "inferred", _("按职责推定")


class FundingState(models.TextChoices):
    PLANNED = "planned", _("谋划")
    SUBMITTED = "submitted", _("已申报")
    GRANTED = "granted", _("已获批")
    REFUSED = "refused", _("未获批")


class HandoverState(models.TextChoices):
    ASSIGNED = "assigned", _("已交办")
    REPORTED = "reported", _("已反馈")
    RETURNED = "returned", _("退办")
    PARKED = "parked", _("挂账")
    CLOSED = "closed", _("办结销号")


class ProblemState(models.TextChoices):
    RAISED = "raised", _("已提出")
    ASSIGNED = "assigned", _("已交办")
    SOLVED = "solved", _("已解决待确认")
    CONFIRMED = "confirmed", _("已销号")
    REOPENED = "reopened", _("重新打开")


class Decider(models.TextChoices):
    """Who decides a request; which of them is a rule (rules.py)."""

    SUPERVISOR = "supervisor", _("督查员")
    LEADER = "leader", _("市领导")
