from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("项目")

    def ready(self) -> None:
        from projects import deadlines
        from projects.deadline_sources import (
            ExtensionDeadlines,
            MilestoneDeadlines,
            ProblemDeadlines,
            ReturnDeadlines,
        )
        from projects.scoring_deadlines import ScoringDeadlines

        deadlines.register(MilestoneDeadlines())
        deadlines.register(ProblemDeadlines())
        deadlines.register(ExtensionDeadlines())
        deadlines.register(ReturnDeadlines())
        deadlines.register(ScoringDeadlines())
