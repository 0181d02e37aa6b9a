"""Reads that speak the domain; each begins at ``visible_to(user)``."""

from decimal import Decimal
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from projects.permissions import Actor, row_condition

M = TypeVar("M", bound=models.Model)


class PermittedQuerySet(models.QuerySet[M]):
    """Knows which of its rows a person may see or act on."""

    def permitted(self, user: Actor, action: str) -> Self:
        """Returns the rows on which the person may do the action."""
        condition = row_condition(user, action, self.model._meta.label)
        if condition is None:
            return self.none()
        return self.filter(condition) if condition else self

    def visible_to(self, user: Actor) -> Self:
        """Returns the rows that the person may see."""
        return self.permitted(user, "view")


class SearchableQuerySet(PermittedQuerySet[M]):
    """Finds rows by Chinese substrings, codes, or pinyin initials."""

    search_fields: tuple[str, ...] = ("name",)

    def search(self, text: str) -> Self:
        """Returns the rows in which every word of the text is found."""
        rows = self
        for word in text.split():
            found = Q()
            for field in self.search_fields:
                found |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(found)
        return rows


MONEY = models.DecimalField(max_digits=16, decimal_places=2)
NOTHING = Decimal("0.00")
