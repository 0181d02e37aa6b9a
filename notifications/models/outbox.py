"""The outbox: what is to be told to whom, exactly once (domain §5).

A ``Reminder`` is one deadline's tier for one address, held single by a unique key; a ``Message``
is the one mail of a person and day that carries them.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.querysets import MessageQuerySet, ReminderQuerySet
from projects.models import Department, User
from projects.models.tracking import Recorded, Versioned, tracked


class MessageState(models.TextChoices):
    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已送出")
    FAILED = "failed", _("被拒收")
    WITHDRAWN = "withdrawn", _("已撤回")


class ReminderState(models.TextChoices):
    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已送出")
    FAILED = "failed", _("被拒收")
    WITHDRAWN = "withdrawn", _("已撤回")


class Tier(models.TextChoices):
    """How grave a reminder is. 催办 and 督办 join when escalation is built."""

    REMIND = "remind", _("提醒")


@tracked
class Message(Recorded, Versioned):
    """One mail to one address on one day."""

    recipient = models.EmailField(_("收件地址"))
    recipient_user = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="messages", verbose_name=_("收件人")
    )
    day = models.DateField(_("日期"))
    planned_for = models.DateTimeField(_("计划发送"))
    state = models.CharField(
        _("状态"), max_length=10, choices=MessageState, default=MessageState.QUEUED
    )
    sent_at = models.DateTimeField(_("送出时间"), null=True)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    last_error = models.CharField(_("最近的错误"), max_length=500, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("提醒邮件")
        verbose_name_plural = _("提醒邮件")
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "day"], name="message_one_a_day"),
            models.CheckConstraint(
                condition=Q(state__in=MessageState.values), name="message_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (~Q(state=MessageState.SENT) & Q(sent_at__isnull=True)),
                name="message_sent_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["planned_for"],
                name="message_queued",
                condition=Q(state=MessageState.QUEUED),
            )
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.day}"


@tracked
class Reminder(Recorded, Versioned):
    """One tier of one deadline for one address; the words it was told in are kept with it."""

    recipient = models.EmailField(_("收件地址"))
    recipient_user = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="reminders", verbose_name=_("收件人")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    deadline_kind = models.CharField(_("事项类别"), max_length=32)
    object_id = models.PositiveBigIntegerField(_("事项编号"))
    title = models.CharField(_("事项"), max_length=420)
    due_on = models.DateField(_("期限"))
    tier = models.CharField(_("级别"), max_length=8, choices=Tier)
    ordinal = models.PositiveSmallIntegerField(_("序"), help_text=_("提醒: 提前的天数。"))
    state = models.CharField(
        _("状态"), max_length=10, choices=ReminderState, default=ReminderState.QUEUED
    )
    planned_for = models.DateTimeField(_("计划发送"))
    message = models.ForeignKey(
        Message, models.PROTECT, related_name="reminders", verbose_name=_("提醒邮件")
    )

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("提醒")
        verbose_name_plural = _("提醒")
        ordering = ["-planned_for", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "deadline_kind", "object_id", "due_on", "tier", "ordinal"],
                name="reminder_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReminderState.values), name="reminder_state_known"
            ),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="reminder_tier_known"),
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.recipient}"
