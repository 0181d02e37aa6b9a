"""The endpoints of departments, people, their roles, and working days."""

from typing import Any

from projects.core.api.base import DomainResource
from projects.people import services as people
from projects.people.filters import (
    CalendarDayFilter,
    DepartmentFilter,
    MembershipFilter,
    UserFilter,
)
from projects.people.models import CalendarDay, Department, Membership, User
from projects.people.serializers import (
    CalendarDaySerializer,
    CalendarDayWriteSerializer,
    DepartmentSerializer,
    DepartmentWriteSerializer,
    MembershipSerializer,
    MembershipWriteSerializer,
    UserSerializer,
    UserWriteSerializer,
)


class DepartmentViewSet(DomainResource):
    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    write_serializer_class = DepartmentWriteSerializer
    filterset_class = DepartmentFilter
    ordering_fields = ("id", "code", "name", "kind")


class UserViewSet(DomainResource):
    queryset = User.objects.all()
    serializer_class = UserSerializer
    write_serializer_class = UserWriteSerializer
    filterset_class = UserFilter
    ordering_fields = ("id", "username", "name")

    def perform_create(self, fields: dict[str, Any]) -> User:
        return people.user_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: User, changes: dict[str, Any]) -> None:
        people.user_update(user=instance, by=self.request.user, changes=changes)


class MembershipViewSet(DomainResource):
    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    write_serializer_class = MembershipWriteSerializer
    filterset_class = MembershipFilter
    ordering_fields = ("id", "user", "department", "role")


class CalendarDayViewSet(DomainResource):
    queryset = CalendarDay.objects.all()
    serializer_class = CalendarDaySerializer
    write_serializer_class = CalendarDayWriteSerializer
    filterset_class = CalendarDayFilter
    ordering_fields = ("id", "day")
