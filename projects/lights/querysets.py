"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Exists, Func, OuterRef

from portfolio.core.history import past as as_of
from projects.core.querysets import M, PermittedQuerySet


class LightPolicyQuerySet(PermittedQuerySet[M]):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the versions that have come into force, the one that counts first."""
        return self.filter(in_force_from__lte=on).order_by("-number")


class MonthlyLightQuerySet(PermittedQuerySet[M]):
    def newest(self) -> Self:
        """Returns of each project and month the row that was kept last."""
        later = self.model._base_manager.filter(
            project=OuterRef("project"),
            year=OuterRef("year"),
            month=OuterRef("month"),
            pk__gt=OuterRef("pk"),
        )
        return self.filter(~Exists(later))


class LightOverrideQuerySet(PermittedQuerySet[M]):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the overrides that hold on the day; of two, the later one first."""
        return self.filter(starts_on__lte=on, ends_on__gte=on).order_by("-starts_on", "-id")


class LightExemptionQuerySet(PermittedQuerySet[M]):
    def in_force(self, *, on: dt.date) -> Self:
        """Returns the exemptions that hold on the day."""
        return self.filter(granted_on__lte=on, until__gte=on)


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
        template = self.template_of_the_past if as_of.is_reading_past() else self.template
        project, day = self.get_source_expressions()
        project_sql, _none = compiler.compile(project)
        day_sql, parameters = compiler.compile(day)
        names = {"project": project_sql, "day": f"{day_sql}::date", "month": "%s, %s"}
        return template % names, [*parameters, day.value.year, day.value.month]
