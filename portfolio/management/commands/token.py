"""Prints a fresh token of a user, and nothing else, so that a script can take it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from projects.people.models import User
from projects.people.services import token_create

NAME = "manage.py"


class Command(BaseCommand):
    """``curl -H "Authorization: Token $(manage.py token viewer)" …``"""

    help = "为用户签发新的访问令牌, 只输出令牌"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help=_("用户名，如 viewer"))

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(
                _(
                    "没有用户 %(username)s：请核对用户名；演示账号由 manage.py prepare_demo 建立，"
                    "其他用户在管理后台建立。"
                )
                % {"username": username}
            )
        if not user.is_active:
            raise CommandError(
                _("用户 %(username)s 已停用，令牌不会起作用：请先在管理后台启用。")
                % {"username": username}
            )
        _token, text = token_create(user=user, name=NAME)
        self.stdout.write(text)
