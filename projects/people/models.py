"""Departments, people and who works where in which role (domain §1)."""

from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from projects.choices import DepartmentKind, Role
from projects.core.querysets import PermittedQuerySet
from projects.core.tracking import Versioned, make_version_trigger, tracked
from projects.people.querysets import DepartmentQuerySet, MembershipQuerySet, UserManager


@tracked
class Department(Versioned):
    """A bureau, district, park or company that answers for something; a tree."""

    code = models.CharField(
        _("代码"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", _("只用小写字母、数字和连字符。"))],
        error_messages={"unique": _("已有同样代码的单位。")},
    )
    name = models.CharField(_("全称"), max_length=128, unique=True)
    short_name = models.CharField(_("简称"), max_length=64)
    kind = models.CharField(_("类别"), max_length=16, choices=DepartmentKind)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级单位"),
    )
    email = models.EmailField(_("单位邮箱"), blank=True)
    active = models.BooleanField(_("在用"), default=True)
    programme_office = models.BooleanField(_("项目办"), default=False)
    pinyin = models.CharField(_("拼音"), max_length=512, blank=True, editable=False)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("责任单位")
        verbose_name_plural = _("责任单位")
        ordering = ["pinyin", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DepartmentKind.values), name="department_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")), name="department_not_its_own_parent"
            ),
            models.UniqueConstraint(
                fields=["programme_office"],
                condition=Q(programme_office=True),
                name="department_one_programme_office",
                violation_error_message=_("项目办只能有一个单位。"),
            ),
        ]

    def __str__(self) -> str:
        return self.short_name


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser, Versioned):  # type: ignore[django-manager-missing]  # knox's
    """A person who signs in; reminders go to the e-mail address, so it is unique."""

    first_name = None  # type: ignore[assignment]  # one Chinese name, not two halves
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("姓名"), max_length=64)
    email = models.EmailField(
        _("邮箱"), unique=True, error_messages={"unique": _("该邮箱已属于另一位用户。")}
    )

    objects: ClassVar[UserManager] = UserManager()

    REQUIRED_FIELDS = ["email", "name"]

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        ordering = ["username"]
        # Signing in touches these; it changes nothing that a colleague could be overwriting.
        triggers = [make_version_trigger(silent=("last_login", "password"))]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


@tracked
class Membership(Versioned):
    """A user's role in a department (任职)."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("用户")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="memberships", verbose_name=_("责任单位")
    )
    role = models.CharField(_("角色"), max_length=16, choices=Role)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "department", "role"],
                name="membership_once",
                violation_error_message=_("该用户在此单位已有同样的角色。"),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.department} · {self.get_role_display()}"


class PersonalToken(AbstractAuthToken):
    """A token of one user; ``read_only`` ones may only read."""

    name = models.CharField(_("名称"), max_length=64, default="script")
    read_only = models.BooleanField(_("只读"), default=False)
    last_used_on = models.DateField(_("最近使用"), null=True, editable=False)

    class Meta:
        verbose_name = _("令牌")
        verbose_name_plural = _("令牌")
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.user} · {self.name}"


@tracked
class CalendarDay(Versioned):
    """One day that is, against the package, a working day or a day off."""

    day = models.DateField(_("日期"), unique=True)
    working = models.BooleanField(_("上班"))
    note = models.CharField(_("依据"), max_length=200, blank=True)

    objects = PermittedQuerySet.as_manager()

    class Meta:
        verbose_name = _("工作日调整")
        verbose_name_plural = _("工作日调整")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'班' if self.working else '休'}"
