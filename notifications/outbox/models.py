"""The outbox: what is to be told to whom, exactly once (domain §5).

A ``Reminder`` is one deadline's tier for one address, held single by a unique key; a ``Message``
is the one mail of a person and day that carries them.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notifications.outbox.querysets import MessageQuerySet, ReminderQuerySet
from projects.core.tracking import Recorded, Versioned, tracked
from projects.people.models import Department, User


class MessageState(models.TextChoices):
    """Where a mail, or a reminder that it carries, has got to."""

    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已送出")
    FAILED = "failed", _("被拒收")
    UNKNOWN = "unknown", _("送达不明")
    WITHDRAWN = "withdrawn", _("已撤回")


ReminderState = MessageState


class MessageKind(models.TextChoices):
    """What a mail brings; how a kind is written, ``mail_kinds.py`` knows."""

    REMINDERS = "reminders", _("督查提醒")
    REPORT = "report", _("订阅的报表")


class Tier(models.TextChoices):
    """How grave a reminder is, from the mildest to the gravest."""

    REMIND = "remind", _("提醒")
    URGE = "urge", _("催办")
    SUPERVISE = "supervise", _("督办")


class Capacity(models.TextChoices):
    """Why somebody is told."""

    RESPONSIBLE = "responsible", _("责任人或填报员")
    HEAD = "head", _("单位负责人")
    SUPERVISOR = "supervisor", _("督查室")
    SPONSOR = "sponsor", _("包联领导")
    STAND_IN = "stand_in", _("代收: 责任单位无人可提醒")


@tracked
class Message(Recorded, Versioned):
    """One mail to one address: the reminders of a day, or one of another kind.

    ``reference`` is the key of what a mail of another kind than reminders brings, in a table that
    the kind knows.

    ``unknowns`` counts how often the mail server had the mail and its answer never came: such a
    mail is sent again once, under the same Message-ID, and then left as it is (decision 19).
    """

    kind = models.CharField(
        _("类别"), max_length=10, choices=MessageKind, default=MessageKind.REMINDERS
    )
    reference = models.PositiveBigIntegerField(
        _("所指记录"), null=True, help_text=_("督查提醒: 空; 订阅的报表: 哪一份的编号。")
    )
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
    unknowns = models.PositiveSmallIntegerField(_("送达不明次数"), default=0)
    retry_at = models.DateTimeField(_("下次尝试"), null=True)
    last_error = models.CharField(_("最近的错误"), max_length=500, blank=True)
    acknowledged_at = models.DateTimeField(_("收到确认时间"), null=True)
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("确认人")
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("系统邮件")
        verbose_name_plural = _("系统邮件")
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "day"],
                condition=Q(kind=MessageKind.REMINDERS),
                name="message_one_a_day",
            ),
            models.UniqueConstraint(
                fields=["kind", "reference", "recipient"],
                condition=~Q(kind=MessageKind.REMINDERS),
                name="message_once_for_what_it_brings",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MessageKind.values), name="message_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=MessageKind.REMINDERS, reference__isnull=True)
                | (~Q(kind=MessageKind.REMINDERS) & Q(reference__isnull=False)),
                name="message_brings_something",
            ),
            models.CheckConstraint(
                condition=Q(state__in=MessageState.values), name="message_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (~Q(state=MessageState.SENT) & Q(sent_at__isnull=True)),
                name="message_sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.UNKNOWN) | Q(unknowns__gte=1),
                name="message_unknown_is_counted",
            ),
            models.CheckConstraint(condition=Q(unknowns__lte=2), name="message_resent_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True) | Q(acknowledged_at__isnull=False),
                name="message_acknowledged_at_a_time",
            ),
        ]
        indexes = [
            # Every minute asks for the day's mails, among those of years.
            models.Index(fields=["day"], name="message_by_day"),
            models.Index(
                fields=["planned_for"],
                name="message_waiting",
                condition=Q(state=MessageState.QUEUED) | Q(state=MessageState.UNKNOWN, unknowns=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.day}"


@tracked
class Reminder(Recorded, Versioned):
    """One tier of one deadline for one address; the words it was told in are kept with it.

    ``falls_on`` is the working day that the tier falls on; a mail of a later day says that it is
    late.
    """

    recipient = models.EmailField(_("收件地址"))
    recipient_user = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="reminders", verbose_name=_("收件人")
    )
    capacity = models.CharField(
        _("收件原因"), max_length=12, choices=Capacity, default=Capacity.RESPONSIBLE
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    deadline_kind = models.CharField(_("事项类别"), max_length=32)
    object_id = models.PositiveBigIntegerField(_("事项编号"))
    title = models.CharField(_("事项"), max_length=420)
    due_on = models.DateField(_("期限"))
    tier = models.CharField(_("级别"), max_length=10, choices=Tier)
    ordinal = models.PositiveSmallIntegerField(
        _("序"),
        help_text=_("提醒: 提前的天数; 催办、督办: 逾期后第几个工作日; 0: 预计逾期。"),
    )
    falls_on = models.DateField(_("应提醒日"))
    state = models.CharField(
        _("状态"), max_length=10, choices=ReminderState, default=ReminderState.QUEUED
    )
    planned_for = models.DateTimeField(_("计划发送"))
    message = models.ForeignKey(
        Message, models.PROTECT, related_name="reminders", verbose_name=_("系统邮件")
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
            models.CheckConstraint(
                condition=Q(capacity__in=Capacity.values), name="reminder_capacity_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["deadline_kind", "object_id"],
                name="reminder_waiting",
                condition=Q(state=ReminderState.QUEUED),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.recipient}"


class Outcome(models.TextChoices):
    """What became of an attempt to deliver."""

    SENT = "sent", _("已送出")
    UNREACHABLE = "unreachable", _("暂时无法送达")
    REFUSED = "refused", _("被拒收")
    UNKNOWN = "unknown", _("送达不明")
    ABANDONED = "abandoned", _("未及送出而中断")
    NOTHING_LEFT = "nothing_left", _("已无可告知的内容, 不发送")


class DeliveryAttempt(models.Model):
    """One attempt to hand a mail over. While it is open it is a lease: nobody else may try.

    ``handed_over_at`` is committed before the first byte of the mail leaves: a worker that dies
    earlier has certainly sent nothing, one that dies later has left an unknown. A log of its own,
    so it keeps no history.
    """

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="delivery_attempts", verbose_name=_("系统邮件")
    )
    number = models.PositiveIntegerField(_("第几次"))
    claimed_at = models.DateTimeField(_("开始时间"))
    lease_until = models.DateTimeField(_("占用至"))
    handed_over_at = models.DateTimeField(_("交付时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, blank=True)
    reply = models.CharField(_("邮件服务器的答复"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("投递记录")
        verbose_name_plural = _("投递记录")
        ordering = ["message_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="deliveryattempt_number"),
            models.UniqueConstraint(
                fields=["message"],
                condition=Q(ended_at__isnull=True),
                name="deliveryattempt_held_by_one",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="")
                | Q(ended_at__isnull=False, outcome__in=Outcome.values),
                name="deliveryattempt_ends_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(lease_until__gt=F("claimed_at")), name="deliveryattempt_lease"
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="deliveryattempt_open",
                condition=Q(ended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number}: {self.outcome or '…'}"


class PlannedDay(models.Model):
    """A day whose reminders were put into the outbox: what lies between two of them was missed."""

    day = models.DateField(_("日期"), unique=True)
    planned_at = models.DateTimeField(_("计划时间"))

    class Meta:
        verbose_name = _("已计划的日子")
        verbose_name_plural = _("已计划的日子")
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)
