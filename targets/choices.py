"""The closed code lists of targets (domain §4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portfolio.core.complete import check_complete
from projects.choices import LightColour


class Comparator(models.TextChoices):
    """How the report words what is to be reached."""

    AT_LEAST = "at_least", _("以上")
    ABOVE = "above", _("突破")
    REACH = "reach", _("达到")
    ABOUT = "about", _("左右")
    AT_MOST = "at_most", _("以下")
    DONE = "done", _("完成")
    KEEP_AT_LEAST = "keep_at_least", _("保持在…以上")
    EXACTLY_ALL = "exactly_all", _("全部")
    IN_STEP_WITH = "in_step_with", _("与…同步")


class Measure(models.TextChoices):
    CUMULATIVE = "cumulative", _("累计")
    LEVEL = "level", _("水平")
    GROWTH = "growth", _("增速")
    SHARE = "share", _("比重")


class Source(models.TextChoices):
    """Where a target's figures come from."""

    REPORTED = "reported", _("单位填报")
    FROM_PROJECTS = "from_projects", _("由项目汇总")
    FROM_ITEMS = "from_items", _("由清单汇总")
    FROM_PARTS = "from_parts", _("由分解汇总")


class ProjectFigure(models.TextChoices):
    """What is read off the projects of the year's programme."""

    PROGRAMME_COUNT = "programme_count", _("列入年度计划的项目数")
    STARTED = "started", _("年内新开工项目数")
    COMMISSIONED = "commissioned", _("年内投产项目数")
    ENROLLED = "enrolled", _("年内纳规企业数")
    INVESTMENT = "investment", _("年内完成投资 (万元)")
    INVESTMENT_GROWTH = "investment_growth", _("完成投资同比增速 (%)")


class Frequency(models.TextChoices):
    """How often a target's figure is published."""

    MONTH = "month", _("月度")
    QUARTER = "quarter", _("季度")
    YEAR = "year", _("年度")


class Status(models.TextChoices):
    """Where a target stands on a day (domain §4)."""

    ACHIEVED = "achieved", _("已完成")
    ON_TRACK = "on_track", _("正常")
    AT_RISK = "at_risk", _("滞后")
    BEHIND = "behind", _("严重滞后")
    MISSED = "missed", _("未完成")
    AWAITING = "awaiting", _("待公布")
    NO_DATA = "no_data", _("待填报")


# The gravest first.
STATUSES = (
    Status.MISSED,
    Status.BEHIND,
    Status.AT_RISK,
    Status.NO_DATA,
    Status.AWAITING,
    Status.ON_TRACK,
    Status.ACHIEVED,
)
check_complete("STATUSES", STATUSES, Status)
GRAVE_STATUSES = STATUSES[:3]
# How a status is painted.
LIGHTS: dict[str, LightColour] = {
    Status.MISSED: LightColour.RED,
    Status.BEHIND: LightColour.RED,
    Status.AT_RISK: LightColour.YELLOW,
    Status.NO_DATA: LightColour.GREY,
    Status.AWAITING: LightColour.GREY,
    Status.ON_TRACK: LightColour.GREEN,
    Status.ACHIEVED: LightColour.GREEN,
}
check_complete("LIGHTS", LIGHTS, Status)


class WorkItemKind(models.TextChoices):
    """What stands on a list; all are handed over, reported and closed alike."""

    ITEM = "item", _("清单事项")
    LIVELIHOOD = "livelihood", _("民生实事")
    MOTION = "motion", _("人大代表议案建议")
    PROPOSAL = "proposal", _("政协提案")
    INSTRUCTION = "instruction", _("领导批示件")
    DECISION = "decision", _("会议议定事项")


class BaselineQualifier(models.TextChoices):
    EXACT = "exact", _("实数")
    AT_LEAST = "at_least", _("以上")
    ABOVE = "above", _("突破")
    ABOUT = "about", _("左右")


class BaselinePeriod(models.TextChoices):
    YEAR = "year", _("全年")
    FIRST_THREE_QUARTERS = "first_three_quarters", _("前三季度")
