"""A reported figure of a target for a period; a correction is a newer row (domain §4)."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.core.tracking import Recorded, append_only
from projects.people.models import User
from targets.models.target import Target, TargetPart
from targets.querysets import MeasurementQuerySet

PERIOD = r"^20\d{2}-(0[1-9]|1[0-2]|Q[1-4])$"


@append_only
class Measurement(Recorded):
    """One figure 进度值; the newest of a period counts."""

    target = models.ForeignKey(
        Target, models.CASCADE, related_name="measurements", verbose_name=_("目标")
    )
    part = models.ForeignKey(
        TargetPart,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="measurements",
        verbose_name=_("分解"),
        help_text=_("由分解汇总的目标, 按分解填报。"),
    )
    period = models.CharField(
        _("期间"),
        max_length=7,
        validators=[RegexValidator(PERIOD, _("期间写作 2025-03 (月) 或 2025-Q1 (季度)。"))],
    )
    value = models.DecimalField(_("数值"), max_digits=18, decimal_places=4)
    source = models.CharField(_("数据出处"), max_length=200)
    evidence = models.CharField(_("依据"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("填报人"), editable=False
    )

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("进度值")
        verbose_name_plural = _("进度值")
        ordering = ["target_id", "period", "recorded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period__regex=PERIOD), name="measurement_period_shape"
            )
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.period}: {self.value}"
