"""Reads that speak the domain; each begins at ``visible_to(user)``."""

from django.contrib.auth.models import UserManager as DjangoUserManager

from projects.core.querysets import M, PermittedQuerySet, SearchableQuerySet


class DepartmentQuerySet(SearchableQuerySet[M]):
    search_fields = ("name", "short_name", "code", "pinyin")


class UserQuerySet(SearchableQuerySet[M]):
    search_fields = ("name", "username", "email")


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    pass


class MembershipQuerySet(PermittedQuerySet[M]):
    pass
