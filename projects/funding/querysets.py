"""Reads that speak the domain; each begins at ``visible_to(user)``."""

from typing import Any

from django.db import models
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from projects.core.querysets import MONEY, NOTHING, M, SearchableQuerySet


class FundingApplicationQuerySet(SearchableQuerySet[M]):
    search_fields = ("project__name", "project__code", "project__pinyin", "note")

    def summed_up(self) -> models.QuerySet[Any, dict[str, Any]]:
        """Returns ``channel state count asked granted``, money in 万元, one row for each pair."""
        return (
            self.order_by()
            .values("channel", "state")
            .annotate(
                count=Count("pk"),
                asked_sum=Sum("asked"),
                granted_sum=Coalesce(Sum("granted"), NOTHING, output_field=MONEY),
            )
            .order_by("channel", "state")
        )
