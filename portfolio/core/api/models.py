"""What the API itself remembers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AnsweredRequest(models.Model):
    """The answer to a POST that bore an ``Idempotency-Key``: the same key gets it again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("用户")
    )
    path = models.CharField(_("地址"), max_length=500)
    key = models.CharField(_("幂等键"), max_length=255)
    body_digest = models.CharField(_("请求体摘要"), max_length=64)
    status = models.PositiveSmallIntegerField(_("状态码"), null=True)
    body = models.BinaryField(_("回答"), null=True)
    headers = models.JSONField(_("响应头"), default=dict)
    asked_at = models.DateTimeField(_("请求时间"), db_index=True)

    class Meta:
        verbose_name = _("已回答的请求")
        verbose_name_plural = _("已回答的请求")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "path", "key"], name="answeredrequest_once")
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
