"""What is done on a project's page: its stage moves, money is sought, files are added."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portfolio.core.errors import StateConflictError
from portfolio.pages.kit.evidence import FilesForm, add_evidence, may_add_evidence
from portfolio.pages.kit.fields import (
    choice_field,
    date_field,
    files_field,
    initial_day,
    text_area_field,
    text_field,
)
from portfolio.pages.kit.forms import PageForm, VersionedForm
from portfolio.pages.kit.steps import Step
from projects.choices import FundingState
from projects.evidence.models import EvidenceSubject
from projects.evidence.services import SUBJECTS
from projects.funding.models import FundingApplication, FundingChannel
from projects.funding.services import funding_create
from projects.permissions import Actor, may_act, may_act_below
from projects.register.models import Project, StageTransition
from projects.register.services import possible_stages, transition_record, transition_revoke
from projects.returns.models import ProgressReturn, SpotCheck
from projects.returns.services import spot_check_record

MOST = 60  # things of a kind that a file can be said to prove
MONEY: Any = {"max_digits": 14, "decimal_places": 2, "min_value": 0}


class ReturnField(forms.ModelChoiceField):
    def label_from_instance(self, row: Any) -> str:
        return f"{row.period} · {row.get_state_display()}"


class StageMoveForm(PageForm):
    to_stage = forms.ChoiceField(label=_("新阶段"))
    effective_on = date_field(_("生效日期"), help_text=_("变动实际发生的日期, 不晚于今天。"))
    evidence = text_field(
        _("依据"), required=False, most=500, help_text=_("例如施工许可证号、竣工验收文号。")
    )
    reason = text_field(
        _("理由"),
        required=False,
        most=500,
        help_text=_("回退和终止须写明, 且只有督查员可以登记。"),
    )
    file: forms.Field = files_field()

    def prepare(self, row: Project, user: Actor) -> None:
        supervised = _supervises(user)
        choices = [("", _("请选择")), *possible_stages(row, supervised)]
        self.fields["to_stage"].choices = choices  # type: ignore[attr-defined]
        if not supervised:
            del self.fields["reason"]
        if not may_add_evidence(user, row):
            del self.fields["file"]


class FundingForm(PageForm):
    channel = choice_field(_("渠道"), FundingChannel.choices)
    state = choice_field(_("状态"), FundingState.choices)
    asked = forms.DecimalField(label=_("申请金额 (万元)"), **MONEY)
    submitted_on = date_field(_("申报日期"), required=False)
    decided_on = date_field(_("批复日期"), required=False)
    granted = forms.DecimalField(label=_("获批金额 (万元)"), required=False, **MONEY)
    note = text_field(_("说明"), required=False, most=500)


class CheckForm(PageForm):
    checked_on = date_field(_("核查日期"))
    progress_found = forms.DecimalField(
        label=_("核实形象进度 (%)"), max_digits=5, decimal_places=2, required=False
    )
    found = text_area_field(_("核查情况"), most=5000)
    progress_return = ReturnField(
        label=_("对照的月报"),
        queryset=ProgressReturn.objects.none(),
        required=False,
        empty_label=_("核查日之前最近一次上报的"),
    )
    file: forms.Field = files_field()

    def prepare(self, row: Project, user: Actor) -> None:
        returns = ProgressReturn.objects.visible_to(user).filter(project=row)
        newest = returns.select_related("period").newest_first()
        self.fields["progress_return"].queryset = newest  # type: ignore[attr-defined]


# What a file of a project can prove that has no page of its own: what is read with a row, and the
# row in words.
PROVED: dict[EvidenceSubject, tuple[tuple[str, ...], Callable[[Any], str]]] = {
    EvidenceSubject.STAGE_TRANSITION: (
        (), lambda row: f"{row.get_to_stage_display()} {row.effective_on}",
    ),
    EvidenceSubject.HAND_OVER_STEP: (
        ("milestone",),
        lambda row: f"{row.milestone.name} {row.notice_number or row.get_state_display()}",
    ),
    EvidenceSubject.PROGRESS_RETURN: (("period",), lambda row: str(row.period)),
    EvidenceSubject.SPOT_CHECK: ((), lambda row: str(row.checked_on)),
    EvidenceSubject.FUNDING_APPLICATION: (
        (), lambda row: f"{row.get_channel_display()} {row.get_state_display()}",
    ),
}  # fmt: skip


class ProofForm(FilesForm):
    subject = forms.ChoiceField(label=_("所证事项"), required=False)

    def prepare(self, row: Project, user: Actor) -> None:
        choices: list[Any] = [("", _("项目整体"))]
        for kind, (related, in_words) in PROVED.items():
            model, path = SUBJECTS[kind]
            rows: Any = model._default_manager
            found = rows.visible_to(user).filter(**{path: row}).select_related(*related)
            lines = [(f"{kind}:{each.pk}", in_words(each)) for each in found.order_by("-pk")[:MOST]]
            if lines:
                choices.append((kind.label, lines))
        self.fields["subject"].choices = choices  # type: ignore[attr-defined]


class RevokeForm(VersionedForm):
    reason = text_field(_("理由"), most=500)

    def prepare(self, row: Project, user: Actor) -> None:
        move = _newest_move(row)
        if move is not None:
            self.fields["reason"].help_text = _("撤销的是: %(before)s → %(after)s, %(day)s。") % {
                "before": move.get_from_stage_display(),
                "after": move.get_to_stage_display(),
                "day": move.effective_on,
            }


def _newest_move(project: Project) -> StageTransition | None:
    """Returns the move that can be taken back: the newest, unless it is the project's first."""
    moves = project.transitions.in_force().order_by("effective_on", "recorded_at", "id")
    newest = moves.last()
    return newest if newest is not None and newest.from_stage else None


def _supervises(user: Actor) -> bool:
    return may_act(user, "move_back", StageTransition._meta.label)


def _may_move(user: Actor, project: Project) -> bool:
    return may_act_below(user, "add", StageTransition._meta.label, "project", project) and bool(
        possible_stages(project, _supervises(user))
    )


def _move(row: Project, by: Actor, file: list[Any] | None = None, **typed: Any) -> None:
    moved = transition_record(project=row, by=by, **typed)
    kind = EvidenceSubject.STAGE_TRANSITION
    add_evidence(by=by, project=row, kind=kind, pk=moved.pk, file=file or [])


def _prove(row: Project, by: Actor, file: list[Any], subject: str) -> None:
    kind, _colon, pk = subject.partition(":")
    add_evidence(by=by, project=row, kind=kind, pk=int(pk) if pk else None, file=file)


def _revoke(row: Project, by: Actor, reason: str) -> None:
    move = _newest_move(row)
    if move is None:
        raise StateConflictError(gettext("没有可以撤销的阶段变动。"), code="not_the_newest")
    transition_revoke(transition=move, by=by, reason=reason)


def _check(row: Project, by: Actor, file: list[Any], **typed: Any) -> None:
    check = spot_check_record(by=by, fields={"project": row, **typed})
    add_evidence(by=by, project=row, kind=EvidenceSubject.SPOT_CHECK, pk=check.pk, file=file)


def _seek(row: Project, by: Actor, **typed: Any) -> None:
    funding_create(by=by, fields={"project": row, **typed})


STEPS = (
    Step(
        name="stage",
        label=_("登记阶段变动"),
        done=_("已登记阶段变动。"),
        form=StageMoveForm,
        take=_move,
        allowed=_may_move,
        initial=lambda row: {"effective_on": initial_day()},
        explanation=_("登记后不能修改, 登记错了由督查员撤销。"),
    ),
    Step(
        name="funding",
        label=_("登记资金申请"),
        done=_("已登记资金申请。"),
        form=FundingForm,
        take=_seek,
        allowed=lambda user, row: may_act_below(
            user, "add", FundingApplication._meta.label, "project", row
        ),
    ),
    Step(
        name="check",
        label=_("登记实地核查"),
        done=_("已登记实地核查。"),
        form=CheckForm,
        take=_check,
        allowed=lambda user, row: may_act_below(user, "add", SpotCheck._meta.label, "project", row),
        initial=lambda row: {"checked_on": initial_day()},
    ),
    Step(
        name="evidence",
        label=_("上传佐证材料"),
        done=_("已上传。"),
        form=ProofForm,
        take=_prove,
        allowed=may_add_evidence,
        explanation=_("上传后不能删除或替换。"),
    ),
    Step(
        name="revoke",
        label=_("撤销最近一次阶段变动"),
        done=_("已撤销, 项目回到变动之前的阶段。"),
        form=RevokeForm,
        take=_revoke,
        allowed=lambda user, row: _supervises(user) and _newest_move(row) is not None,
        explanation=_("原记录保留, 另记一条撤销。"),
        grave=True,
    ),
)
