"""Days that the city's calendar overrides: the State Council's notice for a new year is entered
here before the holiday package knows it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.core.querysets import PermittedQuerySet
from projects.core.tracking import Versioned, tracked


@tracked
class CalendarDay(Versioned):
    """One day that is, against the package, a working day or a day off."""

    day = models.DateField(_("日期"), unique=True)
    working = models.BooleanField(_("上班"))
    note = models.CharField(_("依据"), max_length=200, blank=True)

    objects = PermittedQuerySet.as_manager()

    class Meta:
        verbose_name = _("工作日调整")
        verbose_name_plural = _("工作日调整")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'班' if self.working else '休'}"
