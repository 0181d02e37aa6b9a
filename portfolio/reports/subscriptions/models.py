"""A report that comes by itself: who gets it, when, and what was sent (domain §6)."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portfolio.core.clock import DatabaseNow
from portfolio.reports.exporting.models import Export, ExportFormat
from portfolio.reports.subscriptions import rhythm as rules
from portfolio.reports.subscriptions.querysets import (
    ReportSubscriptionQuerySet,
    SubscriptionCopyQuerySet,
)
from projects.core.tracking import Recorded, Versioned, tracked
from projects.people.models import User

BULLETIN = "bulletin"
BULLETIN_FORMATS = (ExportFormat.DOCX, ExportFormat.PDF)
MOST_PARAMETERS = 1000
NINE = dt.time(9, 0)


class RhythmKind(models.TextChoices):
    """How often a report comes."""

    WEEKLY = rules.WEEKLY, _("每周")
    MONTHLY = rules.MONTHLY, _("每月某日")
    WORKING_DAY = rules.WORKING_DAY, _("每月第几个工作日")
    QUARTERLY = rules.QUARTERLY, _("每季度首月某日")


@tracked
class ReportSubscription(Recorded, Versioned):
    """A report with its parameters that is sent to some people in a rhythm.

    ``counts_from`` is when it was made, switched on, carried on after its end, or given another
    rhythm: what fell due before is not sent.
    """

    owner = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="report_subscriptions",
        verbose_name=_("订阅人"),
        editable=False,
    )
    report = models.CharField(
        _("报表"), max_length=40, help_text=_("reports/ 所列的名称, 或 bulletin (督查通报)")
    )
    parameters = models.CharField(
        _("参数"),
        max_length=MOST_PARAMETERS,
        blank=True,
        help_text=_(
            "报表地址中问号之后的部分, 如 district=kundulun&light=red,yellow; "
            "as_of (通报还有 month) 由每期的日期决定, 不写"
        ),
    )
    format = models.CharField(_("格式"), max_length=4, choices=ExportFormat)
    recipients = models.ManyToManyField(
        User,
        through="SubscriptionRecipient",
        related_name="subscribed_reports",
        verbose_name=_("收件人"),
    )
    rhythm = models.CharField(_("周期"), max_length=12, choices=RhythmKind)
    number = models.PositiveSmallIntegerField(
        _("第几"),
        help_text=_(
            "每周: 1 至 7 为周一至周日; 每月、每季度首月: 1 至 31 日, 月份不足的为月末; "
            "工作日: 第 1 至 23 个。逢休息日顺延到下一工作日"
        ),
    )
    time_of_day = models.TimeField(_("时间"), default=NINE, help_text=_("当日几时起生成并发送"))
    note = models.CharField(_("说明"), max_length=500, blank=True, help_text=_("写在邮件里"))
    active = models.BooleanField(_("启用"), default=True)
    until = models.DateField(_("截止日期"), null=True, blank=True)
    counts_from = models.DateTimeField(
        _("起算时间"), db_default=DatabaseNow(), editable=False, help_text=_("此前到期的不补发")
    )

    objects = ReportSubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("报表订阅")
        verbose_name_plural = _("报表订阅")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(report=BULLETIN, format__in=BULLETIN_FORMATS)
                | (~Q(report=BULLETIN) & ~Q(format__in=BULLETIN_FORMATS)),
                name="reportsubscription_format_fits",
                violation_error_message=_("报表的格式为 csv 或 xlsx, 督查通报为 docx 或 pdf。"),
            ),
            models.CheckConstraint(
                condition=Q(format__in=ExportFormat.values),
                name="reportsubscription_format_known",
            ),
            *(
                models.CheckConstraint(
                    condition=~Q(rhythm=kind) | Q(number__range=(numbers[0], numbers[-1])),
                    name=f"reportsubscription_{kind}_number",
                    violation_error_message=message,
                )
                for kind, numbers, message in (
                    (
                        rules.WEEKLY,
                        rules.NUMBERS[rules.WEEKLY],
                        _("每周的订阅, “第几”为 1 (周一) 至 7 (周日)。"),
                    ),
                    (
                        rules.MONTHLY,
                        rules.NUMBERS[rules.MONTHLY],
                        _("每月的订阅, “第几”为 1 至 31 日。"),
                    ),
                    (
                        rules.WORKING_DAY,
                        rules.NUMBERS[rules.WORKING_DAY],
                        _("按工作日的订阅, “第几”为第 1 至 23 个工作日。"),
                    ),
                    (
                        rules.QUARTERLY,
                        rules.NUMBERS[rules.QUARTERLY],
                        _("每季度的订阅, “第几”为首月的 1 至 31 日。"),
                    ),
                )
            ),
            models.CheckConstraint(
                condition=Q(rhythm__in=RhythmKind.values), name="reportsubscription_rhythm_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.get_rhythm_display()} {self.number}"


@tracked
class SubscriptionRecipient(Versioned):
    """Somebody who gets the report, as far as their own rights go."""

    subscription = models.ForeignKey(ReportSubscription, models.CASCADE, verbose_name=_("报表订阅"))
    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("收件人"))

    class Meta:
        verbose_name = _("报表收件人")
        verbose_name_plural = _("报表收件人")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "user"],
                name="subscriptionrecipient_once",
                violation_error_message=_("该收件人已在名单中。"),
            )
        ]

    def __str__(self) -> str:
        return str(self.user)


class SubscriptionIssue(Recorded):
    """One time that a report fell due; a log of its own, so it keeps no history.

    ``as_of`` is the day before, fixed: made late, it says the same.
    """

    subscription = models.ForeignKey(
        ReportSubscription, models.PROTECT, related_name="issues", verbose_name=_("报表订阅")
    )
    day = models.DateField(_("期次"))
    as_of = models.DateField(_("数据截至"))

    class Meta:
        verbose_name = _("订阅报表的一期")
        verbose_name_plural = _("订阅报表各期")
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "day"], name="subscriptionissue_once")
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.day}"


class SubscriptionCopy(models.Model):
    """One recipient's copy of an issue, made with that person's rights. The outbox' mails of kind
    ``report`` refer to it. A log of its own, so it keeps no history.

    Without an export it could not be asked for, or it failed and its recipient has removed it
    since (``refused`` says why); or the recipient has removed one that was made.
    """

    issue = models.ForeignKey(
        SubscriptionIssue, models.CASCADE, related_name="copies", verbose_name=_("订阅报表的一期")
    )
    recipient = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("收件人"))
    export = models.OneToOneField(
        Export,
        models.SET_NULL,
        null=True,
        related_name="subscription_copy",
        verbose_name=_("导出"),
    )
    refused = models.CharField(_("未能生成的原因"), max_length=500, blank=True)

    objects = SubscriptionCopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("订阅报表的一份")
        verbose_name_plural = _("订阅报表各份")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["issue", "recipient"], name="subscriptioncopy_once"),
            models.CheckConstraint(
                condition=Q(refused="") | Q(export__isnull=True),
                name="subscriptioncopy_refused_has_no_export",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id} → {self.recipient_id}"
