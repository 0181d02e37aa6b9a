"""The sign-in form of the admin site."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.forms import AuthenticationForm


class LoginForm(AuthenticationForm):
    """Lets in whoever has an account in use: department staff are not Django's "staff"."""

    def confirm_login_allowed(self, user: Any) -> None:
        if not user.is_active:
            raise self.get_invalid_login_error()

    def get_invalid_login_error(self) -> ValidationError:
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        return ValidationError(
            _(
                "用户名或密码不正确 (区分大小写)。连续输错 %(limit)d 次将锁定 %(minutes)d 分钟;"
                " 忘记密码请联系管理员重置。"
            )
            % {"limit": settings.AXES_FAILURE_LIMIT, "minutes": minutes},
            code="invalid_login",
        )
