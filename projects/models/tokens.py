"""Personal tokens for scripts: hashed at rest, named, expiring, revocable."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken


class PersonalToken(AbstractAuthToken):
    """A token of one user; ``read_only`` ones may only read."""

    name = models.CharField(_("名称"), max_length=64, default="script")
    read_only = models.BooleanField(_("只读"), default=False)
    last_used_on = models.DateField(_("最近使用"), null=True, editable=False)

    class Meta:
        verbose_name = _("令牌")
        verbose_name_plural = _("令牌")
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.user} · {self.name}"
