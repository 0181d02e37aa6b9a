"""Other channels: an address that is told what the mails tell (the city's SMS gateway, office
system or chat robots)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from notifications.outbox.models import Message, Tier
from notifications.webhooks.querysets import WebhookDeliveryQuerySet, WebhookQuerySet
from projects.core.tracking import Recorded, Versioned, tracked


@tracked
class Webhook(Recorded, Versioned):
    """An address, and which tiers it is told. Its secret is derived from the system's key and
    ``key_version``, so that no backup holds it; a new version makes a new secret."""

    name = models.CharField(_("名称"), max_length=80, unique=True)
    url = models.URLField(_("地址"), max_length=500)
    tiers = ArrayField(
        models.CharField(max_length=10, choices=Tier), verbose_name=_("级别"), default=list
    )
    active = models.BooleanField(_("启用"), default=True)
    key_version = models.PositiveSmallIntegerField(_("密钥版次"), default=1, editable=False)

    secret: str  # only on the row that was just made: nothing keeps it

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("通知接口")
        verbose_name_plural = _("通知接口")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tiers__contained_by=Tier.values) & ~Q(tiers=[]),
                name="webhook_tiers_known",
                violation_error_message=_("级别只能是 提醒、催办、督办, 至少一项。"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class WebhookState(models.TextChoices):
    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已送出")
    FAILED = "failed", _("已放弃")
    WITHDRAWN = "withdrawn", _("已撤回")


class WebhookDelivery(models.Model):
    """One mail's content for one address; ``lease_until`` keeps a second worker away. A log of
    its own, so it keeps no history."""

    webhook = models.ForeignKey(
        Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("通知接口")
    )
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="webhook_deliveries", verbose_name=_("系统邮件")
    )
    state = models.CharField(
        _("状态"), max_length=10, choices=WebhookState, default=WebhookState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    lease_until = models.DateTimeField(_("占用至"), null=True)
    retry_at = models.DateTimeField(_("下次尝试"), null=True)
    sent_at = models.DateTimeField(_("送出时间"), null=True)
    last_error = models.CharField(_("最近的错误"), max_length=500, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("接口投递")
        verbose_name_plural = _("接口投递")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "message"], name="webhookdelivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=WebhookState.values), name="webhookdelivery_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=WebhookState.SENT, sent_at__isnull=False)
                | (~Q(state=WebhookState.SENT) & Q(sent_at__isnull=True)),
                name="webhookdelivery_sent_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                F("retry_at").asc(nulls_first=True),
                name="webhookdelivery_waiting",
                condition=Q(state=WebhookState.QUEUED),
            )
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id} ← {self.message_id}"
