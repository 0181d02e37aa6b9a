"""Reads that speak the domain; each begins at ``visible_to(user)``."""

from projects.core.querysets import SearchableQuerySet


class ProblemQuerySet(SearchableQuerySet):
    search_fields = ("title", "project__name", "project__code", "project__pinyin")
