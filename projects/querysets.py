"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Concat, ExtractYear

from portfolio.core import clock
from portfolio.core.history import past as as_of
from projects.core.querysets import PermittedQuerySet, SearchableQuerySet
from projects.rules.stages import Batch

# Without a light there are no data either: between yellow and green.
GRAVEST_FIRST = ("red", "yellow", "grey", "green")


class ProjectQuerySet(SearchableQuerySet):
    search_fields = ("name", "code", "approval_code", "owner_company", "pinyin")

    def sponsored_by(self, user: Any) -> Self:
        """Returns the projects that this city leader stands for, those given up aside."""
        return self.filter(sponsor=user.pk).exclude(stage="cancelled")

    def gravest_first(self) -> Self:
        """Orders projects with their light: red, yellow, without data, green."""
        order = [When(light=colour, then=place) for place, colour in enumerate(GRAVEST_FIRST)]
        return self.order_by(Case(*order, default=Value(len(order) - 1)), "code")

    def with_light(self, *, on: dt.date | None = None) -> Self:
        """Adds ``light``: the override in force on the day (by default today), else what was
        computed for the newest month up to the day's; ``None`` before there is any."""
        return self.annotate(light=PresentLight("pk", Value(on or clock.today())))


class PresentLight(Func):
    """A project's light on a day, given its key and the day.

    Written as SQL: Django takes longer to word the two subqueries than PostgreSQL to answer
    them, and every list of projects asks.
    """

    template = """COALESCE(
        (SELECT o."colour" FROM "projects_lightoverride" o
         WHERE o."project_id" = %(project)s AND %(day)s BETWEEN o."starts_on" AND o."ends_on"
         ORDER BY o."starts_on" DESC, o."id" DESC LIMIT 1),
        (SELECT m."computed_colour" FROM "projects_monthlylight" m
         WHERE m."project_id" = %(project)s AND (m."year", m."month") <= (%(month)s)
         ORDER BY m."year" DESC, m."month" DESC, m."id" DESC LIMIT 1))"""
    # Of a past day: history has no index by which a project's lights are found, so they are read
    # once for all projects (PostgreSQL evaluates what depends on no row once a query).
    template_of_the_past = """COALESCE(
        (SELECT jsonb_object_agg(x."project_id", x."colour") FROM (
            SELECT DISTINCT ON (o."project_id") o."project_id", o."colour"
            FROM "projects_lightoverride" o
            WHERE %(day)s BETWEEN o."starts_on" AND o."ends_on"
            ORDER BY o."project_id", o."starts_on" DESC, o."id" DESC) x)
            ->> %(project)s::text,
        (SELECT jsonb_object_agg(x."project_id", x."computed_colour") FROM (
            SELECT DISTINCT ON (m."project_id") m."project_id", m."computed_colour"
            FROM "projects_monthlylight" m WHERE (m."year", m."month") <= (%(month)s)
            ORDER BY m."project_id", m."year" DESC, m."month" DESC, m."id" DESC) x)
            ->> %(project)s::text)"""
    arity = 2
    output_field = models.CharField()

    def as_sql(self, compiler: Any, connection: Any, *unused: Any, **more: Any) -> Any:
        template = self.template_of_the_past if as_of.is_past() else self.template
        project, day = self.get_source_expressions()
        project_sql, _none = compiler.compile(project)
        day_sql, parameters = compiler.compile(day)
        names = {"project": project_sql, "day": f"{day_sql}::date", "month": "%s, %s"}
        return template % names, [*parameters, day.value.year, day.value.month]


class StageTransitionQuerySet(PermittedQuerySet):
    def in_force(self) -> Self:
        """Returns the moves that are neither take-backs nor taken back."""
        return self.filter(revokes__isnull=True, revoked_by__isnull=True)

    def arrivals(self, *batches: Batch) -> Self:
        """Returns the moves by which projects arrived at a batch's stage, as they stand: one a
        project and batch (``rules.stages.standing_arrivals`` says the same of one project's
        moves)."""
        stages = [batch.stage for batch in batches]
        return self.in_force().filter(Arrived(batches), to_stage__in=stages)

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Returns the moves that took effect in the period, both days included."""
        return self.filter(effective_on__range=(first, last))

    def of_programme(self, year: int) -> Self:
        """Returns the moves of projects that stood in the year's programme on that day; who
        joined in the year counts with the whole year."""
        entries = apps.get_model("projects.ProgrammeEntry").objects.filter(
            Q(left_on__isnull=True) | Q(left_on__gt=OuterRef("effective_on")),
            project=OuterRef("project"),
            programme__year=year,
        )
        return self.filter(Exists(entries))

    def of_own_years_programme(self) -> Self:
        """Returns the moves of projects that stood on that day in the programme of the move's own
        year: the same as ``of_programme`` for each year, of any number of years at once."""
        entries = apps.get_model("projects.ProgrammeEntry").objects.filter(
            Q(left_on__isnull=True) | Q(left_on__gt=OuterRef("effective_on")),
            project=OuterRef("project"),
            programme__year=ExtractYear(OuterRef("effective_on")),
        )
        return self.filter(Exists(entries))

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


class Arrived(Func):
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

    def __init__(self, batches: Sequence[Batch] = (), *sources: Any, **more: Any) -> None:
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
