"""更正: a published score is corrected, with its reason, and all results come anew."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portfolio.pages.inspections.scoring import PointsField, format_score, may_amend
from portfolio.pages.kit.fields import text_area_field
from portfolio.pages.kit.forms import VersionedForm
from portfolio.pages.kit.page import page
from portfolio.pages.kit.steps import Step, steps_page
from projects.inspections.models import Amendment, InspectionScore
from projects.inspections.results import score_amend


class ScoreAmendForm(VersionedForm):
    points = PointsField(label=_("新得分"), required=True)
    reason = text_area_field(_("理由"))


AMEND = Step(
    name="amend",
    label=_("更正"),
    done=_("已更正, 结果已按新的得分重新计算。"),
    form=ScoreAmendForm,
    take=lambda row, by, **typed: score_amend(score=row, by=by, **typed),
    allowed=lambda user, row: may_amend(user, row.inspection_round.status),
    explanation=_("原得分、新得分、理由和更正人都会公开; 本轮结果产生新的版次, 旧版次仍可查看。"),
    opened=True,
    grave=True,
    away=lambda row: reverse("workbench-inspections-round", args=[row.inspection_round_id]),
)


@page
def amend_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a score with the corrections that were made to it, and makes another."""
    scores = InspectionScore.objects.visible_to(request.user)
    score = get_object_or_404(
        scores.select_related("entry__project", "judge__user", "criterion", "inspection_round"),
        pk=pk,
    )

    def context() -> dict[str, Any]:
        amendments = Amendment.objects.visible_to(request.user).filter(score=score)
        return {
            "points": format_score(score),
            "amendments": amendments.select_related("amended_by"),
        }

    return steps_page(request, score, (AMEND,), "workbench/inspections_amend.html", context)
