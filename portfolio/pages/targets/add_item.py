"""The step that adds an item to the list behind a target."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portfolio.pages.kit.fields import choice_field, date_field, text_area_field, text_field
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.steps import Step
from projects.people.models import Department
from projects.permissions import Actor, may_act, parent_condition
from targets.choices import Source, WorkItemKind
from targets.models import Target, WorkItem
from targets.services.sources import targets_open_to_items
from targets.services.targets import work_item_create


class ItemForm(PageForm):
    name = text_field(_("事项"))
    kind = choice_field(_("类别"), WorkItemKind.choices)
    lead_department = forms.ModelChoiceField(
        label=_("牵头单位"), queryset=Department.objects.none(), empty_label=_("请选择")
    )
    due_on = date_field(_("期限"))
    quantity = forms.DecimalField(label=_("数量"), max_digits=18, decimal_places=4, min_value=0)
    place = text_field(_("地点"), required=False)
    plan = text_area_field(_("措施"), required=False, most=5000)

    def prepare(self, row: Target, user: Actor) -> None:
        departments = departments_for_items(user)
        self.fields["lead_department"].queryset = departments  # type: ignore[attr-defined]
        if row.unit:
            self.fields["quantity"].label = _("数量 (%(unit)s)") % {"unit": row.unit}


def departments_for_items(user: Actor) -> Any:
    """Returns the departments under whose lead the person may put an item."""
    condition = parent_condition(user, "add", WorkItem._meta.label, "lead_department")
    active = Department.objects.visible_to(user).filter(active=True)
    return active.none() if condition is None else active.filter(condition)


def _may_list(user: Actor, target: Target) -> bool:
    return (
        target.source == Source.FROM_ITEMS
        and may_act(user, "add", WorkItem._meta.label)
        and bool(targets_open_to_items(user, [target.pk]))
    )


def _initial(target: Target) -> dict[str, Any]:
    return {"kind": WorkItemKind.ITEM, "due_on": target.due_on, "quantity": 1}


def _add(row: Target, by: Actor, **typed: Any) -> None:
    work_item_create(by=by, fields={"target": row, "unit": row.unit, **typed})


ADD_ITEM = Step(
    name="item",
    label=_("清单里加一项"),
    done=_("已加入清单。"),
    form=ItemForm,
    take=_add,
    allowed=_may_list,
    initial=_initial,
    explanation=_("一项一策: 每个小区、每处地块各列一项; 完成的事项之和就是目标的实绩。"),
)
