"""What a password must be, beside Django's own rules."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LengthValidator(MinimumLengthValidator):
    """Asks for a minimum length, in words of our own: Django's are not translated in 5.2."""

    def get_error_message(self) -> str:
        return _("密码太短, 至少 %(length)d 个字符。") % {"length": self.min_length}

    def get_help_text(self) -> str:
        return _("密码至少 %(length)d 个字符。") % {"length": self.min_length}
