"""Reads the permission table for one person: which rows, which verbs, which fields.

Nothing else in the system decides who may do what; querysets, views, the admin site and the
tests all ask here.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import FilteredRelation, Model, Q, QuerySet

from projects.choices import Role
from projects.permissions.actor import Actor
from projects.permissions.table import (
    ACTION_PATH,
    FIELD_SUPERVISORS,
    OWN_ALSO,
    OWN_PATH,
    PUBLISHED_PATH,
    SELF_PATH,
    SUPERVISED_FIELDS,
    SUPERVISED_ON_CREATION,
    SUPPORTED_PATHS,
    TABLE,
    Group,
    Scope,
)

DEPARTMENTAL = (Scope.OWN, Scope.SUPPORTED)
_CACHE = "_access"  # the attribute of a user object that keeps what was read


@dataclass(frozen=True)
class Access:
    """A person's circles, each with the departments (and those below) that it holds for."""

    superuser: bool
    departments: dict[str, frozenset[int]] = field(default_factory=dict)

    def circles(self) -> set[str]:
        return {Group.ANYONE, *self.departments}


def access_of(user: Actor) -> Access:
    """Returns the person's access, read once per user object (one request)."""
    cached = getattr(user, _CACHE, None)
    if cached is None:
        cached = _read_access(user)
        setattr(user, _CACHE, cached)
    return cached


def _read_access(user: Actor) -> Access:
    if user.is_superuser:
        return Access(superuser=True)
    held: dict[str, set[int]] = defaultdict(set)
    parents: dict[int, int | None] = {}
    own = FilteredRelation("memberships", condition=Q(memberships__user=user.pk))
    departments = apps.get_model("projects.Department").objects.order_by().annotate(own=own)
    rows = departments.values_list("id", "parent_id", "programme_office", "own__role")
    for department, parent, is_office, role in rows:  # the tree, and with it the person's places
        parents[department] = parent
        if role is not None:
            held[role].add(department)
        if is_office and role in (Role.REPORTER, Role.HEAD):
            held[Group.PROGRAMME_OFFICE].add(department)
    if not held:
        return Access(superuser=False)
    below = _with_those_below(set().union(*held.values()), parents)
    return Access(
        superuser=False,
        departments={
            circle: frozenset().union(*(below[department] for department in departments))
            for circle, departments in held.items()
        },
    )


def memberships_of(user: Actor) -> QuerySet[Any]:
    """Returns who the person is where (任职)."""
    return apps.get_model("projects.Membership").objects.filter(user=user.pk)


def departments_of(user: Actor) -> frozenset[int]:
    """Returns the departments that the person belongs to in any role, with all below them."""
    if user.is_superuser:  # whose access is not read by departments
        own = set(memberships_of(user).values_list("department_id", flat=True))
        tree = apps.get_model("projects.Department").objects.order_by()
        parents = dict(tree.values_list("id", "parent_id"))
        return frozenset().union(*_with_those_below(own, parents).values())
    return frozenset().union(*access_of(user).departments.values())


def _with_those_below(
    roots: set[int], parents: Mapping[int, int | None]
) -> dict[int, frozenset[int]]:
    """Returns each department with all departments below it."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)

    def below(department: int) -> frozenset[int]:
        found, waiting = set(), [department]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(children[current])
        return frozenset(found)

    return {root: below(root) for root in roots}


def is_only_judge(user: Actor) -> bool:
    """Returns whether the person scores inspections and does not run them: such a person sees no
    colleague's score of the own rounds before publication, whatever other role would show it."""
    circles = access_of(user).circles()
    return Role.JUDGE in circles and Role.SUPERVISOR not in circles


def row_condition(user: Actor, action: str, label: str) -> Q | None:
    """Returns the condition for rows of the model ``label`` ("projects.Project") on which the
    person may do the action: ``Q()`` for all, ``None`` for none."""
    if not user.is_authenticated or not user.is_active:
        return None
    if user.is_superuser:
        return Q()
    cells = TABLE[label].get(action, {})
    if cells.get(Group.ANYONE) == Scope.ALL:
        return Q()
    access = access_of(user)
    conditions = []
    for circle, scope in cells.items():
        if circle not in access.circles():
            continue
        if scope == Scope.ALL:
            return Q()
        departments = access.departments.get(circle)
        conditions.append(_condition(user, action, label, scope, departments))
    if not conditions:
        return None
    return _any_of(conditions)


def _condition(
    user: Actor, action: str, label: str, scope: Scope, departments: frozenset[int] | None
) -> Q:
    if scope == Scope.SELF:
        return Q(**{SELF_PATH[label]: user.pk})
    if scope == Scope.PUBLISHED:
        return Q(**{PUBLISHED_PATH[label]: "published"})
    rows = _any_of([Q(**{f"{path}__in": departments}) for path in _paths(action, label, scope)])
    if scope == Scope.OWN:
        return rows
    # Supporting departments are many: a subquery keeps each row single.
    return Q(pk__in=apps.get_model(label)._base_manager.filter(rows).values("pk"))


def _paths(action: str, label: str, scope: Scope) -> list[str]:
    """Returns the ways from a row to the departments that an own or supported row is about."""
    paths = [ACTION_PATH.get((label, action), OWN_PATH[label]), *OWN_ALSO.get(label, ())]
    if scope == Scope.SUPPORTED:
        paths += SUPPORTED_PATHS.get(label, ())
    return paths


def parent_condition(user: Actor, action: str, label: str, link: str) -> Q | None:
    """Returns the condition for parents such that the person may do the action on rows of the
    model that hang on them by the field ``link``: ``Q()`` for all, ``None`` for none.

    "Its project's lead department is mine" is asked of the project, "its lead department is mine"
    of the department itself; where nothing can be asked of the parent, it is left to the service.
    A parent may be found more than once.
    """
    if not may_act(user, action, label):
        return None
    if user.is_superuser:
        return Q()
    access, asked = access_of(user), []
    for circle, scope in TABLE[label].get(action, {}).items():
        if circle not in access.circles():
            continue
        paths = _paths(action, label, scope) if scope in DEPARTMENTAL else []
        of_row = [f"{path}__pk" for path in paths]
        below = [each.removeprefix(f"{link}__") for each in of_row if each.startswith(f"{link}__")]
        if not below:
            return Q()
        asked += [Q(**{f"{path}__in": access.departments[circle]}) for path in below]
    return _any_of(asked)


def may_act_below(user: Actor, action: str, label: str, link: str, parent: Model) -> bool:
    """Returns whether the person may do the action on rows that hang on this parent."""
    condition = parent_condition(user, action, label, link)
    if not condition:
        return condition is not None
    return type(parent)._base_manager.filter(condition, pk=parent.pk).exists()


def _any_of(conditions: list[Q]) -> Q:
    joined = conditions[0]
    for condition in conditions[1:]:
        joined |= condition
    return joined


def may_act(user: Actor, action: str, label: str) -> bool:
    """Returns whether the person may do the action on any row of the model at all."""
    return row_condition(user, action, label) is not None


def may_act_on(user: Actor, action: str, instance: Model) -> bool:
    """Returns whether the person may do the action on this saved row."""
    condition = row_condition(user, action, instance._meta.label)
    if condition is None:
        return False
    if condition == Q():
        return True
    return type(instance)._base_manager.filter(condition, pk=instance.pk).exists()


def protected_fields(user: Actor, label: str, *, creating: bool = False) -> frozenset[str]:
    """Returns the fields of the model that this person may read but never change, or, when
    ``creating``, never fill in."""
    table = SUPERVISED_ON_CREATION if creating else SUPERVISED_FIELDS
    fields = table.get(label, frozenset())
    if not fields or user.is_superuser or access_of(user).circles() & FIELD_SUPERVISORS:
        return frozenset()
    return fields
