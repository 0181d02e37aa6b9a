from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    name = "targets"
    verbose_name = _("目标")

    def ready(self) -> None:
        from portfolio.core.api.words import register_row_label
        from projects import deadlines
        from projects.importing.subjects import SUBJECTS
        from targets.deadline_sources import TargetDeadlines, WorkItemDeadlines
        from targets.importing import WORK_ITEM_SHEET, target_words
        from targets.permissions import add_permissions

        # Whatever writes a row of theirs is held to these.
        from targets.services import bulk, parts  # noqa: F401

        deadlines.register_source(TargetDeadlines())
        deadlines.register_source(WorkItemDeadlines())
        add_permissions()
        register_row_label("targets.Target", "name", "year", words=target_words)
        SUBJECTS["work-items"] = WORK_ITEM_SHEET
