"""The step that reports a target's figure of a period, with where it comes from."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from portfolio.pages.kit.fields import text_field
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.steps import Step
from projects.permissions import Actor, may_act_below
from targets.choices import Source
from targets.models import Measurement, Target, TargetPart
from targets.rules.periods import Period, find_last_due, has_begun, periods_of
from targets.services.sources import inner_parts
from targets.services.status import goal_of
from targets.services.targets import measurement_record

LABEL = Measurement._meta.label


class MeasurementForm(PageForm):
    part = forms.ModelChoiceField(
        label=_("分解"), queryset=TargetPart.objects.none(), empty_label=_("请选择")
    )
    period = forms.ChoiceField(label=_("期间"))
    value = forms.DecimalField(label=_("数值"), max_digits=18, decimal_places=4)
    source = text_field(_("数据出处"), help_text=_("例如: 市统计局月报。"))
    evidence = forms.CharField(label=_("依据"), required=False, max_length=500)

    def prepare(self, row: Target, user: Actor) -> None:
        if row.source == Source.FROM_PARTS:
            keys = [part.pk for part in parts_to_report(user, row)]
            rows = TargetPart.objects.filter(pk__in=keys).select_related("department")
            self.fields["part"].queryset = rows  # type: ignore[attr-defined]
        else:
            del self.fields["part"]
        if row.unit:
            self.fields["value"].label = _("数值 (%(unit)s)") % {"unit": row.unit}
        self.fields["period"].choices = periods_to_report(row)  # type: ignore[attr-defined]


def parts_to_report(user: Actor, target: Target) -> list[TargetPart]:
    """Returns the parts whose figures the person reports."""
    parts = list(target.parts.select_related("department"))
    inner = inner_parts(part.pk for part in parts)
    return [
        part
        for part in parts
        if part.pk not in inner
        and (
            may_act_below(user, "add", LABEL, "part", part)
            or may_act_below(user, "add", LABEL, "target", target)
        )
    ]


def periods_to_report(target: Target) -> list[tuple[str, str]]:
    """Returns the periods of the year that have begun, the newest first."""
    begun_ones = [
        (_code(each), each.label)
        for each in periods_of(goal_of(target))
        if has_begun(_code(each), on=clock.today())
    ]
    return begun_ones[::-1]


def _code(period: Period) -> str:
    """Returns how a figure names its period: the year's is that of its last month."""
    return period.label if "-" in period.label else f"{period.end:%Y-%m}"


def _initial(target: Target) -> dict[str, Any]:
    found = find_last_due(goal_of(target), on=clock.today())
    return {"period": _code(found)} if found else {}


def _may_report(user: Actor, target: Target) -> bool:
    if target.source == Source.FROM_PARTS:
        return bool(parts_to_report(user, target)) and bool(periods_to_report(target))
    return (
        target.source == Source.REPORTED
        and may_act_below(user, "add", LABEL, "target", target)
        and bool(periods_to_report(target))
    )


def _report(row: Target, by: Actor, **typed: Any) -> None:
    measurement_record(by=by, fields={"target": row, **typed})


REPORT_FIGURE = Step(
    name="measure",
    label=_("填报数值"),
    done=_("已填报。"),
    form=MeasurementForm,
    take=_report,
    allowed=_may_report,
    initial=_initial,
    explanation=_("自年初累计 (累计类) 或期末数; 同一期间以最近一次填报为准, 更正即另填一次。"),
    opened=True,
)
