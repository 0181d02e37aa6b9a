from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("提醒")

    def ready(self) -> None:
        from notifications.permissions import add_permissions

        add_permissions()
