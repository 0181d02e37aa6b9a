"""Reads that speak the domain; each begins at ``visible_to(user)``."""

import datetime as dt
from typing import Any, Self

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import Count, Q

from projects.permissions import rows_allowed


class PermittedQuerySet(models.QuerySet):
    """Knows which of its rows a person may see or act on."""

    def permitted(self, user: Any, action: str) -> Self:
        """Returns the rows on which the person may do the action."""
        condition = rows_allowed(user, action, self.model._meta.label)
        if condition is None:
            return self.none()
        return self.filter(condition) if condition else self

    def visible_to(self, user: Any) -> Self:
        """Returns the rows that the person may see."""
        return self.permitted(user, "view")


class SearchableQuerySet(PermittedQuerySet):
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


class DepartmentQuerySet(SearchableQuerySet):
    search_fields = ("name", "short_name", "code", "pinyin")


class UserQuerySet(SearchableQuerySet):
    search_fields = ("name", "username", "email")


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    pass


class MembershipQuerySet(PermittedQuerySet):
    pass


class ProjectQuerySet(SearchableQuerySet):
    search_fields = ("name", "code", "approval_code", "owner_company", "pinyin")


class StageTransitionQuerySet(PermittedQuerySet):
    def in_force(self) -> Self:
        """Returns the moves that are neither take-backs nor taken back."""
        return self.filter(revokes__isnull=True, revoked_by__isnull=True)


class ProgrammeQuerySet(PermittedQuerySet):
    def with_registered_count(self) -> Self:
        """Adds ``registered_count``: how many projects stand in the year's programme."""
        # Grouping drops the model's own order, and pages without an order lose rows.
        return self.annotate(registered_count=Count("entries")).order_by("-year")


class ProgrammeEntryQuerySet(PermittedQuerySet):
    pass


class MilestoneQuerySet(SearchableQuerySet):
    search_fields = ("name", "project__name", "project__code", "project__pinyin")

    def open(self) -> Self:
        """Returns the promises that are still to be kept."""
        return self.filter(done_on__isnull=True).exclude(project__stage="cancelled")

    def overdue(self, *, on: dt.date) -> Self:
        """Returns the open promises whose due day lies before ``on``."""
        return self.open().filter(due_on__lt=on)


class ExtensionRequestQuerySet(PermittedQuerySet):
    pass


class InspectionRoundQuerySet(PermittedQuerySet):
    pass


class InspectionEntryQuerySet(PermittedQuerySet):
    pass


class InspectionScoreQuerySet(PermittedQuerySet):
    pass


class BaselineQuerySet(PermittedQuerySet):
    pass


class PlanPointQuerySet(PermittedQuerySet):
    pass


class ReturnPeriodQuerySet(PermittedQuerySet):
    pass


class ProgressReturnQuerySet(PermittedQuerySet):
    pass


class SpotCheckQuerySet(PermittedQuerySet):
    pass


class LightPolicyQuerySet(PermittedQuerySet):
    pass


class MonthlyLightQuerySet(PermittedQuerySet):
    pass


class LightOverrideQuerySet(PermittedQuerySet):
    pass


class LightExemptionQuerySet(PermittedQuerySet):
    pass


class ProblemQuerySet(SearchableQuerySet):
    search_fields = ("title", "project__name", "project__code", "project__pinyin")


class FundingApplicationQuerySet(PermittedQuerySet):
    pass


class HandoverStepQuerySet(PermittedQuerySet):
    pass


class EvidenceFileQuerySet(PermittedQuerySet):
    pass


class InspectionDeductionQuerySet(PermittedQuerySet):
    pass


class InspectionResultQuerySet(PermittedQuerySet):
    pass


class AmendmentQuerySet(PermittedQuerySet):
    pass
