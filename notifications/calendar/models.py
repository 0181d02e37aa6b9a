"""A person's own calendar address (iCalendar, RFC 5545), and the events that stood in it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.calendar.querysets import CalendarFeedQuerySet
from projects.core.tracking import Recorded, Versioned, tracked
from projects.people.models import User


@tracked
class CalendarFeed(Recorded, Versioned):
    """A secret address; only a digest of its secret is kept. Revoking it is final."""

    user = models.ForeignKey(
        User,
        models.CASCADE,
        related_name="calendar_feeds",
        verbose_name=_("用户"),
        editable=False,
    )
    name = models.CharField(_("名称"), max_length=80, help_text=_("例如: 手机、办公电脑"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    revoked_at = models.DateTimeField(_("停用时间"), null=True, editable=False)

    address: str  # only on the row that was just made: nothing keeps it

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("日历订阅")
        verbose_name_plural = _("日历订阅")
        ordering = ["user_id", "id"]

    def __str__(self) -> str:
        return self.name


class CalendarEntry(models.Model):
    """An event as the person's calendar last had it: what changes raises ``sequence``, what
    vanishes stays as cancelled, so that calendars take it out. Derived, so without history."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="calendar_entries", verbose_name=_("用户")
    )
    kind = models.CharField(_("事项类别"), max_length=32)
    object_id = models.PositiveBigIntegerField(_("事项编号"))
    sequence = models.PositiveIntegerField(_("序"), default=0)
    title = models.CharField(_("事项"), max_length=420)
    due_on = models.DateField(_("期限"))
    done = models.BooleanField(_("已办结"), default=False)
    cancelled = models.BooleanField(_("已取消"), default=False)
    changed_at = models.DateTimeField(_("变更时间"))

    class Meta:
        verbose_name = _("日历事项")
        verbose_name_plural = _("日历事项")
        ordering = ["user_id", "due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "object_id"], name="calendarentry_once"
            ),
            models.CheckConstraint(
                condition=~Q(done=True, cancelled=True), name="calendarentry_one_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.object_id}/{self.sequence}"
