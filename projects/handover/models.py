"""A milestone that is handed over to somebody 交办, and the files that prove things (domain §2)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.choices import HandoverState
from projects.core.tracking import Recorded
from projects.people.models import User


class NoticeCounter(models.Model):
    """The last notice number of a year; a number is never used twice."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("通知编号计数")
        verbose_name_plural = _("通知编号计数")

    def __str__(self) -> str:
        return f"{self.year}: {self.last_number}"


class AbstractHandoverStep(Recorded):
    """What a step of a hand-over is, whatever was handed over: a subclass names the task, by a
    foreign key that calls the steps ``handover_steps`` there."""

    state = models.CharField(_("状态"), max_length=10, choices=HandoverState)
    notice_number = models.CharField(
        _("通知编号"),
        max_length=32,
        blank=True,
        editable=False,
        help_text=_("督办〔2025〕1号; 由系统编定。"),
    )
    text = models.CharField(_("内容"), max_length=500, blank=True)
    parked_until = models.DateField(_("挂账至"), null=True, blank=True)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("办理人"), editable=False
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=HandoverState.values), name="%(class)s_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="parked") | Q(parked_until__isnull=False),
                name="%(class)s_parked_has_an_end",
                violation_error_message=_("挂账须写明截止日期。"),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["returned", "parked"]) | ~Q(text=""),
                name="%(class)s_has_a_reason",
                violation_error_message=_("退办和挂账须写明理由。"),
            ),
            models.UniqueConstraint(
                fields=["notice_number"],
                condition=~Q(notice_number=""),
                name="%(class)s_notice_once",
            ),
        ]
