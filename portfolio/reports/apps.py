from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "portfolio.reports"
    label = "reports"
    verbose_name = _("报表与导出")

    def ready(self) -> None:
        from notifications.outbox import mail_kinds
        from notifications.outbox.models import MessageKind
        from portfolio.reports.permissions import add_permissions
        from portfolio.reports.subscriptions.mail import ReportMails

        add_permissions()
        mail_kinds.register_mail_kind(MessageKind.REPORT, ReportMails())
