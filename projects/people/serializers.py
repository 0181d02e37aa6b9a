"""The shapes of departments and people: one class for reading, one for writing."""

from typing import Any

from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import (
    KeyField,
    KeysField,
    ReadSerializer,
    TextField,
    WriteSerializer,
)
from projects.people.models import CalendarDay, Department, Membership, User


class DepartmentsField(KeysField):
    """Supporting departments by id; DRF writes no relation with a table of its own by itself."""

    def __init__(self, **kwargs: Any) -> None:
        child = KeyField(queryset=Department.objects.all())
        super().__init__(child_relation=child, **{"required": False, **kwargs})


class DepartmentBriefSerializer(ReadSerializer):
    class Meta:
        model = Department
        fields = ["id", "code", "name", "short_name"]


class UserBriefSerializer(ReadSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "name"]


class DepartmentSerializer(ReadSerializer):
    kind_display = DisplayField()

    class Meta:
        model = Department
        fields = [
            "id", "code", "name", "short_name", "kind", "kind_display", "parent", "email",
            "active", "programme_office", "version",
        ]  # fmt: skip


class DepartmentWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = Department
        fields = [
            "code",
            "name",
            "short_name",
            "kind",
            "parent",
            "email",
            "active",
            "programme_office",
        ]


class UserSerializer(ReadSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "name", "email", "is_active", "version"]


class UserWriteSerializer(WriteSerializer):
    password = TextField(max_length=128, write_only=True, required=False)

    class Meta(WriteSerializer.Meta):
        model = User
        fields = ["username", "name", "email", "is_active", "password"]


class MembershipSerializer(ReadSerializer):
    role_display = DisplayField()
    expandable = {"user": UserBriefSerializer, "department": DepartmentBriefSerializer}

    class Meta:
        model = Membership
        fields = ["id", "user", "department", "role", "role_display", "version"]


class MembershipWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = Membership
        fields = ["user", "department", "role"]


class CalendarDaySerializer(ReadSerializer):
    class Meta:
        model = CalendarDay
        fields = ["id", "day", "working", "note", "version"]


class CalendarDayWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = CalendarDay
        fields = ["day", "working", "note"]
