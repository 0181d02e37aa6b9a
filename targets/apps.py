from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    name = "targets"
    verbose_name = _("目标")

    def ready(self) -> None:
        from projects import deadlines
        from targets.deadline_sources import TargetDeadlines, WorkItemDeadlines

        deadlines.register(TargetDeadlines())
        deadlines.register(WorkItemDeadlines())
