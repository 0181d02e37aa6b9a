"""A sheet that was shown and waits for its commit."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.people.models import User


def _token() -> str:
    return secrets.token_urlsafe(24)


class ImportPreview(models.Model):
    """The uploaded file and what it would have done; bound to whoever uploaded it.

    It is gone half an hour later; the history of what was written stays with the rows.
    """

    token = models.CharField(_("令牌"), max_length=40, unique=True, default=_token)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("用户"))
    subject = models.CharField(_("导入内容"), max_length=32)
    file_name = models.CharField(_("文件名"), max_length=200)
    content = models.BinaryField(_("文件"))
    digest = models.CharField(_("摘要"), max_length=64)
    expires_at = models.DateTimeField(_("失效时间"), db_index=True)
    committed_at = models.DateTimeField(_("写入时间"), null=True)

    class Meta:
        verbose_name = _("导入预览")
        verbose_name_plural = _("导入预览")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
