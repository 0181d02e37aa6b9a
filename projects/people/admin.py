"""Departments, people, roles, tokens, and the calendar's exceptions."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from projects.core.admin.base import DomainAdmin, DomainInline
from projects.core.admin.refusals import ServiceForm
from projects.people.models import CalendarDay, Department, Membership, PersonalToken, User
from projects.people.querysets import DepartmentQuerySet, UserQuerySet
from projects.people.services import token_revoke, user_create, user_update
from projects.permissions import Actor


class DepartmentMembersInline(DomainInline):
    model = Membership
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    list_select_related = ("user", "department")
    can_delete = True
    show_change_link = False


@admin.register(Department)
class DepartmentAdmin(DomainAdmin):
    sections = (
        (None, (("name", "short_name"), ("kind", "code"), ("parent", "email"))),
        (gettext_lazy("状态"), (("active", "programme_office"),)),
    )
    list_display = ("short_name", "name", "kind", "parent", "email", "active")
    list_filter = ("kind", "active")
    list_select_related = ("parent",)
    search_fields = DepartmentQuerySet.search_fields
    autocomplete_fields = ("parent",)
    inlines = (DepartmentMembersInline,)

    def choices(self, queryset: QuerySet) -> QuerySet:
        return queryset.filter(active=True)

    def choice_label(self, instance: Department) -> str:
        if instance.name == instance.short_name:
            return instance.name
        return f"{instance.short_name} ({instance.name})"


def _password(label: Any, **more: Any) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, strip=False, widget=widget, **more)


class UserForm(ServiceForm):
    """An account; how strong its password is the service asks."""

    password = _password(
        gettext_lazy("密码"),
        help_text=gettext_lazy(
            "已有账号不改则留空; 新密码生效后, 该用户已登录的其他页面全部退出, 个人令牌全部失效。"
        ),
    )
    password_again = _password(gettext_lazy("再输一次"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.pop("password", None)  # the hash is nobody's to see
        for name in ("password", "password_again"):
            if name in (self._meta.fields or ()):
                self.fields[name].required = self.instance.pk is None
            else:
                del self.fields[name]  # of an account that is only read

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("password") != self.cleaned_data.get("password_again"):
            self.add_error("password_again", _("两次输入的密码不一致。"))
        return cleaned


class UserMembershipsInline(DomainInline):
    model = Membership
    fields = ("department", "role")
    autocomplete_fields = ("department",)
    list_select_related = ("department", "user")
    can_delete = True
    show_change_link = False


@admin.register(User)
class UserAdmin(DomainAdmin):
    form = UserForm
    sections = (
        (None, (("username", "name"), ("email",))),
        (gettext_lazy("状态"), (("is_active", "is_superuser"), "date_joined")),
    )
    password_section = (gettext_lazy("密码"), (("password", "password_again"),))
    add_sections = (sections[0], password_section, (gettext_lazy("状态"), ("is_superuser",)))
    fixed_after_creation = ("date_joined",)
    list_display = ("username", "name", "roles", "email", "is_active", "is_superuser")
    list_filter = (
        ("memberships__role", ChoicesDropdownFilter),
        ("memberships__department", RelatedDropdownFilter),
        "is_active",
        "is_superuser",
    )
    search_fields = UserQuerySet.search_fields
    inlines = (UserMembershipsInline,)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and self.has_change_permission(request, obj):
            title, fields = self.password_section
            fieldsets.append((title, {"fields": fields}))
        return fieldsets

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> User:
        return user_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: User, changes: dict[str, Any]) -> None:
        user_update(user=instance, by=by, changes=changes)

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        if obj == request.user:
            # One's own page stays open when one's password is a new one.
            update_session_auth_hash(request, User.objects.get(pk=obj.pk))
        return super().response_change(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("memberships__department")

    def choices(self, queryset: QuerySet) -> QuerySet:
        return queryset.filter(is_active=True)

    def choice_label(self, instance: User) -> str:
        places = dict.fromkeys(m.department.short_name for m in instance.memberships.all())
        return f"{instance} ({'、'.join(places) or instance.username})"

    @display(description=gettext_lazy("任职"))
    def roles(self, user: User) -> str:
        return "、".join(
            f"{m.department.short_name} {m.get_role_display()}" for m in user.memberships.all()
        )


@admin.register(Membership)
class MembershipAdmin(DomainAdmin):
    sections = ((None, ("user", ("department", "role"))),)
    list_display = ("user", "department", "role")
    list_filter = (("role", ChoicesDropdownFilter), ("department", RelatedDropdownFilter))
    list_select_related = ("user", "department")
    search_fields = ("user__name", "user__username", "department__name", "department__pinyin")
    autocomplete_fields = ("user", "department")


@admin.register(CalendarDay)
class CalendarDayAdmin(DomainAdmin):
    sections = ((None, (("day", "working"), "note")),)
    list_display = ("day", "working", "note")
    list_filter = ("working",)
    search_fields = ("note",)
    date_hierarchy = "day"


@admin.register(PersonalToken)
class PersonalTokenAdmin(DomainAdmin):
    """Administrators see whose tokens there are and take them away; nobody sees a token's text."""

    sections = ((None, (("name", "user"), "read_only", ("created", "expiry"), "last_used_on")),)
    list_display = ("name", "user", "read_only", "created", "expiry", "last_used_on")
    list_filter = ("read_only",)
    list_select_related = ("user",)
    search_fields = ("name", "user__name", "user__username")
    read_only = True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def write_delete(self, *, by: Actor, instance: PersonalToken) -> None:
        token_revoke(token=instance)
