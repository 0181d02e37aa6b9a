from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("项目")

    def ready(self) -> None:
        from portfolio.core.api.words import register_row_label
        from projects import deadlines, kinds  # noqa: F401
        from projects.inspections.deadlines import ScoringDeadlines
        from projects.lights.querysets import PresentLight
        from projects.milestones.deadlines import ExtensionDeadlines, MilestoneDeadlines
        from projects.problems.deadlines import ProblemDeadlines
        from projects.register.querysets import ProjectQuerySet
        from projects.returns.deadlines import ReturnDeadlines

        register_row_label("projects.Department", "name")
        register_row_label("projects.User", "name", "username", words="{} ({})".format)
        register_row_label("projects.Project", "code")
        register_row_label("projects.ReturnPeriod", "year", "month", words="{}-{:02d}".format)
        register_row_label(
            "projects.InspectionRound", "year", "quarter", words="{} 年第 {} 季度".format
        )
        register_row_label("projects.InspectionEntry", "project__code")
        register_row_label(
            "projects.InspectionJudge", "user__name", "user__username", words="{} ({})".format
        )
        register_row_label("projects.InspectionCriterion", "name")
        ProjectQuerySet.light_expression = PresentLight
        deadlines.register_source(MilestoneDeadlines())
        deadlines.register_source(ProblemDeadlines())
        deadlines.register_source(ExtensionDeadlines())
        deadlines.register_source(ReturnDeadlines())
        deadlines.register_source(ScoringDeadlines())
