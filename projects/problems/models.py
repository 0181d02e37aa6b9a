"""What stands in a project's way, and the money that is sought for it (domain §2)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.choices import ProblemState
from projects.core.tracking import Versioned, tracked
from projects.people.models import Department, User
from projects.problems.querysets import ProblemQuerySet
from projects.register.models import Project


class ProblemKind(models.TextChoices):
    LAND = "land", _("用地")
    WATER = "water", _("用水")
    POWER = "power", _("用电")
    ENVIRONMENT = "environment", _("环评")
    MONEY = "money", _("资金")
    APPROVAL = "approval", _("审批")
    DEMOLITION = "demolition", _("拆迁")
    OTHER = "other", _("其他")


@tracked
class Problem(Versioned):
    """A problem 堵点; closed only when whoever raised it confirms that it is solved."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="problems", verbose_name=_("重大项目")
    )
    kind = models.CharField(_("类别"), max_length=12, choices=ProblemKind)
    title = models.CharField(_("堵点"), max_length=200)
    description = models.TextField(_("情况"), blank=True)
    state = models.CharField(
        _("状态"), max_length=10, choices=ProblemState, default=ProblemState.RAISED, editable=False
    )
    raised_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人"), editable=False
    )
    raised_on = models.DateField(_("提出日期"), editable=False)
    solver_department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="problems_to_solve",
        verbose_name=_("解决单位"),
        editable=False,
    )
    due_on = models.DateField(_("解决期限"), null=True, blank=True, editable=False)
    solution = models.TextField(_("解决情况"), blank=True, editable=False)
    solved_on = models.DateField(_("解决日期"), null=True, blank=True, editable=False)
    confirmed_on = models.DateField(_("销号日期"), null=True, blank=True, editable=False)
    reopened_reason = models.CharField(
        _("重新打开的理由"), max_length=500, blank=True, editable=False
    )

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("堵点")
        verbose_name_plural = _("堵点")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ProblemKind.values), name="problem_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProblemState.values), name="problem_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="raised")
                | Q(solver_department__isnull=False, due_on__isnull=False),
                name="problem_assigned_to_somebody_by_a_day",
                violation_error_message=_("交办堵点须写明解决单位和期限。"),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["solved", "confirmed"])
                | (Q(solved_on__isnull=False) & ~Q(solution="")),
                name="problem_solved_says_how",
                violation_error_message=_("须写明解决情况。"),
            ),
            models.CheckConstraint(
                condition=Q(state="confirmed", confirmed_on__isnull=False)
                | (~Q(state="confirmed") & Q(confirmed_on__isnull=True)),
                name="problem_confirmed_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="reopened") | ~Q(reopened_reason=""),
                name="problem_reopened_for_a_reason",
                violation_error_message=_("重新打开须写明理由。"),
            ),
        ]

    def __str__(self) -> str:
        return self.title
