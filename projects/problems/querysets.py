"""Reads that speak the domain; each begins at ``visible_to(user)``."""

from projects.core.querysets import M, SearchableQuerySet


class ProblemQuerySet(SearchableQuerySet[M]):
    search_fields = ("title", "project__name", "project__code", "project__pinyin")
