"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from typing import Any, Self

from django.db.models import Exists, OuterRef, Subquery

from projects.core.querysets import M, SearchableQuerySet


class HandedOverQuerySet(SearchableQuerySet[M]):
    """Tasks that can be handed over: their steps hang on them as ``handover_steps``."""

    def _steps(self) -> Any:
        relation = self.model.handover_steps.rel  # type: ignore[attr-defined]
        rows = relation.related_model._default_manager.all()
        return rows.filter(**{relation.field.name: OuterRef("pk")})

    def not_parked(self, *, on: dt.date) -> Self:
        """Leaves out what is parked (挂账) on the day."""
        return self.filter(~Exists(self._steps().parked(on=on)))

    def with_parked(self, *, on: dt.date) -> Self:
        """Adds whether the row is parked on the day."""
        return self.annotate(parked=Exists(self._steps().parked(on=on)))

    def with_hand_over(self) -> Self:
        """Adds where the hand-over stands."""
        newest = self._steps().order_by("-id")
        return self.annotate(
            hand_over_state=Subquery(newest.values("state")[:1]),
            hand_over_notice=Subquery(newest.exclude(notice_number="").values("notice_number")[:1]),
            # Only a step that parks bears a date.
            parked_until=Subquery(newest.values("parked_until")[:1]),
        )


class StepQuerySet(SearchableQuerySet[M]):
    """Steps of hand-overs; ``task`` is the field that leads to what was handed over."""

    task: str

    def newest(self) -> Self:
        """Returns of each task the step that says where its hand-over stands."""
        later = self.model._base_manager.filter(
            **{self.task: OuterRef(self.task)}, pk__gt=OuterRef("pk")
        )
        return self.filter(~Exists(later))

    def parked(self, *, on: dt.date) -> Self:
        """Returns the steps by which a task is parked on the day; on its end day the clock runs
        again. Whoever asks whether something is parked (lists, mails, lights) asks here."""
        return self.newest().filter(state="parked", parked_until__gt=on)
