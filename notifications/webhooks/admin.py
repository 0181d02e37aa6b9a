"""Other channels: the addresses that are told, and what became of it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from notifications.outbox.admin import STATE_COLOURS, MessageAdmin
from notifications.outbox.models import Tier
from notifications.webhooks import services as webhooks
from notifications.webhooks.models import Webhook, WebhookDelivery
from projects.core.admin.base import DomainAdmin, ReadOnlyInline, page_of
from projects.core.admin.refusals import catch_refusal
from projects.core.admin.rights import may
from projects.permissions import Actor


@admin.register(Webhook)
class WebhookAdmin(DomainAdmin):
    """The secret stands in one answer only: that of making the address or of a new key."""

    sections = ((None, ("name", "url", "tiers", ("active", "key_version"), "recorded_at")),)
    add_sections = ((None, ("name", "url", "tiers", "active")),)
    list_display = ("name", "url", "tier_words", "active", "key_version", "recorded_at")
    list_filter = ("active",)
    search_fields = ("name", "url")
    actions = ("renew_key",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tiers":
            return forms.MultipleChoiceField(
                choices=Tier.choices,
                label=db_field.verbose_name,
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
            )
        if db_field.name == "url":
            kwargs["assume_scheme"] = "https"  # of what is typed without one
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> Webhook:
        webhook, secret = webhooks.webhook_create(by=by, fields=fields)
        webhook.secret = secret  # for the one page that shows it
        return webhook

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        webhooks.webhook_update(webhook=instance, by=by, changes=changes)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Shows the secret in the answer itself: a redirect would have to keep it somewhere."""
        return self._secret_page(request, obj, obj.secret)

    def has_renew_key_permission(self, request: HttpRequest) -> bool:
        return may(request, "renew_key", Webhook)

    @admin.action(
        description=gettext_lazy("更换密钥 (原密钥立即失效, 新密钥只显示一次)"),
        permissions=["renew_key"],
    )
    def renew_key(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        if queryset.count() != 1:
            self.message_user(request, _("请只选一个接口。"), messages.ERROR)
            return None
        with catch_refusal():
            webhook, secret = webhooks.webhook_renew_key(webhook=queryset.get(), by=request.user)
        return self._secret_page(request, webhook, secret)

    def _secret_page(self, request: HttpRequest, webhook: Any, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("通知接口的密钥: %(name)s") % {"name": webhook.name},
            "opts": self.opts,
            "secret": secret,
            "back": page_of(self, webhook),
        }
        return TemplateResponse(
            request, "admin/webhook_secret.html", context, headers={"Cache-Control": "no-store"}
        )

    @display(description=gettext_lazy("级别"))
    def tier_words(self, webhook: Webhook) -> str:
        return "、".join(str(Tier(tier).label) for tier in webhook.tiers)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, (("webhook", "message"), ("state", "attempts"), "last_error")),
        (gettext_lazy("时间"), (("retry_at", "lease_until"), "sent_at")),
    )
    list_display = (
        "webhook", "message", "state_label", "attempts", "retry_at", "sent_at", "last_error",
    )  # fmt: skip
    list_filter = (("state", ChoicesDropdownFilter), ("webhook", RelatedDropdownFilter))
    list_select_related = ("webhook", "message")
    search_fields = ("webhook__name", "message__recipient", "last_error")

    @display(description=gettext_lazy("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, delivery: WebhookDelivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()


class MessageDeliveriesInline(ReadOnlyInline):
    """What other channels were told of it."""

    model = WebhookDelivery
    fields = ("webhook", "state", "attempts", "sent_at", "last_error")
    list_select_related = ("webhook",)
    hide_title = True


MessageAdmin.inlines = (*MessageAdmin.inlines, MessageDeliveriesInline)
