"""Reads that speak the domain; each begins at ``visible_to(user)``."""

from projects.core.querysets import M, SearchableQuerySet


class EvidenceFileQuerySet(SearchableQuerySet[M]):
    search_fields = ("name", "project__name", "project__code", "project__pinyin")
