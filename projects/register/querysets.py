"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Concat

from portfolio.core import clock
from projects.choices import GRAVEST_FIRST
from projects.core.querysets import M, PermittedQuerySet, SearchableQuerySet
from projects.permissions import Actor
from projects.register.rules import StageBatch


class ProjectQuerySet(SearchableQuerySet[M]):
    # The lights stand above the register: they say how a project's light is found (apps.ready).
    light_expression: ClassVar[type[Func]]

    search_fields = ("name", "code", "approval_code", "owner_company", "pinyin")

    def sponsored_by(self, user: Actor) -> Self:
        """Returns the projects that this city leader stands for, those given up aside."""
        return self.filter(sponsor=user.pk).exclude(stage="cancelled")

    def gravest_first(self) -> Self:
        """Orders projects with their light: red, yellow, without data, green."""
        order = [When(light=colour, then=place) for place, colour in enumerate(GRAVEST_FIRST)]
        return self.order_by(Case(*order, default=Value(len(order) - 1)), "code")

    def with_light(self, *, on: dt.date | None = None) -> Self:
        """Adds ``light``: the override in force on the day (by default today), else what was
        computed for the newest month up to the day's; ``None`` before there is any."""
        return self.annotate(light=self.light_expression("pk", Value(on or clock.today())))


class StageTransitionQuerySet(PermittedQuerySet[M]):
    def in_force(self) -> Self:
        """Returns the moves that are neither take-backs nor taken back."""
        return self.filter(revokes__isnull=True, revoked_by__isnull=True)

    def arrivals(self, *batches: StageBatch) -> Self:
        """Returns the moves by which projects arrived at a batch's stage, as they stand: one a
        project and batch (``rules.standing_arrivals`` says the same of one project's
        moves)."""
        stages = [batch.stage for batch in batches]
        return self.in_force().filter(IsArrival(batches), to_stage__in=stages)

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Returns the moves that took effect in the period, both days included."""
        return self.filter(effective_on__range=(first, last))

    def with_company(self) -> Self:
        """Adds ``company``: one key a company, by credit code, else by name, else each project
        for itself."""
        code, name = "project__owner_credit_code", "project__owner_company"
        return self.annotate(
            company=Case(
                When(~Q(**{code: ""}), then=Concat(Value("code "), code)),
                When(~Q(**{name: ""}), then=Concat(Value("name "), name)),
                default=Concat(Value("project "), "project__code"),
                output_field=models.TextField(),
            )
        )


class IsArrival(Func):
    """Whether a move is an arrival at one of the batches' stages that no later move undid.

    Written as SQL, like :class:`PresentLight`: one look at the later moves for all batches.
    """

    template = """(%(from_stage)s = ANY(CASE %(to_stage)s %(comes_from)s END) AND NOT EXISTS (
        SELECT 1 FROM "projects_stagetransition" later
        WHERE later."project_id" = %(project_id)s
        AND later."to_stage" = ANY(CASE %(to_stage)s %(undone_by)s END)
        AND (later."effective_on", later."recorded_at", later."id")
            > (%(effective_on)s, %(recorded_at)s, %(id)s)
        AND later."revokes_id" IS NULL AND NOT EXISTS (
            SELECT 1 FROM "projects_stagetransition" back WHERE back."revokes_id" = later."id")))"""
    columns = ("from_stage", "to_stage", "project_id", "effective_on", "recorded_at", "id")
    output_field = models.BooleanField()
    conditional = True

    def __init__(self, batches: Sequence[StageBatch] = (), *sources: Any, **more: Any) -> None:
        super().__init__(*(sources or map(F, self.columns)), **more)
        self.batches = batches

    def as_sql(self, compiler: Any, connection: Any, *unused: Any, **more: Any) -> Any:
        compiled = map(compiler.compile, self.get_source_expressions())
        names = dict(zip(self.columns, (sql for sql, _none in compiled), strict=True))
        parameters: list[Any] = []
        for sets in ("comes_from", "undone_by"):
            names[sets] = "WHEN %s THEN %s::text[] " * len(self.batches)
            for batch in self.batches:
                parameters += [batch.stage.value, sorted(getattr(batch, sets))]
        return self.template % names, parameters
