from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    name = "targets"
    verbose_name = _("目标")

    def ready(self) -> None:
        from portfolio.core.api.words import reads_as
        from projects import deadlines
        from projects.importing.subjects import SUBJECTS
        from targets.deadline_sources import TargetDeadlines, WorkItemDeadlines
        from targets.importing import ITEMS, target_words
        from targets.permissions import add_permissions

        # Whatever writes a row of theirs is held to these.
        from targets.services import bulk, parts  # noqa: F401

        deadlines.register(TargetDeadlines())
        deadlines.register(WorkItemDeadlines())
        add_permissions()
        reads_as("targets.Target", "name", "year", words=target_words)
        SUBJECTS["work-items"] = ITEMS
