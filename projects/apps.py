from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("项目")

    def ready(self) -> None:
        from portfolio.core.api.words import reads_as
        from projects import deadlines, kinds  # noqa: F401
        from projects.inspections.deadlines import ScoringDeadlines
        from projects.lights.querysets import PresentLight
        from projects.milestones.deadlines import ExtensionDeadlines, MilestoneDeadlines
        from projects.problems.deadlines import ProblemDeadlines
        from projects.register.querysets import ProjectQuerySet
        from projects.returns.deadlines import ReturnDeadlines

        reads_as("projects.Department", "name")
        reads_as("projects.User", "name", "username", words="{} ({})".format)
        reads_as("projects.Project", "code")
        reads_as("projects.ReturnPeriod", "year", "month", words="{}-{:02d}".format)
        reads_as("projects.InspectionRound", "year", "quarter", words="{} 年第 {} 季度".format)
        reads_as("projects.InspectionEntry", "project__code")
        reads_as("projects.InspectionJudge", "user__name", "user__username", words="{} ({})".format)
        reads_as("projects.InspectionCriterion", "name")
        ProjectQuerySet.light_expression = PresentLight
        deadlines.register(MilestoneDeadlines())
        deadlines.register(ProblemDeadlines())
        deadlines.register(ExtensionDeadlines())
        deadlines.register(ReturnDeadlines())
        deadlines.register(ScoringDeadlines())
