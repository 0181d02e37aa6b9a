"""What every page of the admin site shares: the permission table before, the services behind.

A model's admin declares its sections, columns and filters. Reading starts at
``visible_to(request.user)``; each write is one service call with the fields that were changed;
what a service refuses stands in the form; the history page shows the row's own history.
"""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import DataError, IntegrityError, models, transaction
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline

from projects.core import history
from projects.core.admin.autocomplete import ChooseMany, ChooseOne
from projects.core.admin.refusals import (
    RefusedFormError,
    ServiceForm,
    ServiceFormSet,
    catch_refusal,
)
from projects.core.admin.rights import may, may_add_below
from projects.core.rows import row_create, row_delete, row_update
from projects.permissions import Actor, protected_fields


class PermittedMixin(BaseModelAdmin):
    """Only the rows that the person may see, also in the choices of a form."""

    form = ServiceForm

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset: Any = super().get_queryset(request)
        if hasattr(queryset, "visible_to"):
            queryset = queryset.visible_to(request.user)
        related = getattr(self, "list_select_related", ())
        return queryset.select_related(*related) if related else queryset

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", _choices(db_field, request))
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChooseOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if not db_field.has_default():
            # Nothing chosen yet is not the first of the list.
            blank = [("", _("请选择"))]
            kwargs.setdefault("choices", db_field.get_choices(blank_choice=blank))
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # Django leaves out a relation with a model of its own between, because its forms could
        # not save it; the services can.
        kwargs.setdefault("widget", ChooseMany(db_field, self.admin_site))
        kwargs.setdefault("queryset", _choices(db_field, request))
        return db_field.formfield(**kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        for link in (
            "can_add_related", "can_change_related", "can_delete_related", "can_view_related",
        ):  # fmt: skip
            if hasattr(widget, link):
                setattr(widget, link, False)  # one small icon too many, beside every field
        return field


class DomainAdmin(PermittedMixin, ModelAdmin):
    """The admin of one model of the register."""

    # ((title, (field, …)), …); a tuple within stands on one line.
    sections: tuple[tuple[Any, tuple], ...] = ()
    add_sections: tuple[tuple[Any, tuple], ...] | None = None
    fixed_after_creation: tuple[str, ...] = ()
    append_only = False  # facts are added, never edited
    read_only = False

    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True
    change_form_before_template = "admin/row_version.html"
    delete_confirmation_template = "admin/row_delete.html"

    admin_site: Any  # the city's, which knows the pages of rows

    # The services of the model -------------------------------------------------------------------
    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> models.Model:
        return row_create(model=self.model, by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        row_update(instance=instance, by=by, changes=changes)

    def write_delete(self, *, by: Actor, instance: Any) -> None:
        row_delete(instance=instance, by=by)

    # Who may -------------------------------------------------------------------------------------
    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "view", self.model, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not self.read_only and may(request, "add", self.model)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        fixed = self.read_only or self.append_only
        return not fixed and may(request, "change", self.model, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        fixed = self.read_only or self.append_only
        return not fixed and may(request, "delete", self.model, obj)

    # What the form shows -------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        adding = obj is None and self.add_sections is not None
        return [
            (title, {"fields": fields})
            for title, fields in (self.add_sections or () if adding else self.sections)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed: set[str] = set()
        if obj is not None:
            fixed |= {*self.fixed_after_creation}
            fixed |= protected_fields(request.user, self.model._meta.label)
        names = flatten_fieldsets(self.get_fieldsets(request, obj))
        return [name for name in names if name in fixed or not self._is_typed(name)]

    def _is_typed(self, name: str) -> bool:
        if name in self.form.declared_fields:
            return True
        try:
            return self.model._meta.get_field(name).editable
        except FieldDoesNotExist:
            return False

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        form.request = request
        return form

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.form.request = request
            yield formset, inline

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple:
        # What hangs on a row is added once the row stands.
        return () if obj is None else tuple(self.inlines)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        # Its steps are taken there.
        return self.admin_site.page_of(obj) if obj is not None else None

    # Saving --------------------------------------------------------------------------------------
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {"show_history": history.has_history(self.model), **(extra_context or {})}
        try:
            try:
                return super().changeform_view(request, object_id, form_url, context)
            except IntegrityError as error:  # a check that is deferred to the commit
                with catch_refusal():
                    raise error
        except RefusedFormError as refusal:
            request._refusal = refusal  # type: ignore[attr-defined]  # ServiceForm asks for it
            return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with catch_refusal(form):
            if not change:
                created = self.write_create(by=request.user, fields=_typed(form))
                # The page goes on with the form's instance: it becomes the row.
                obj.__dict__.update(created.__dict__)
            elif changes := _typed(form, form.changed_data):
                # The form has put its values into ``obj``: the service compares with the row.
                row = self.model._base_manager.get(pk=obj.pk)
                self.write_update(by=request.user, instance=row, changes=changes)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        removed = formset.deleted_forms if formset.can_delete else []
        touched = [each for each in formset.forms if each in removed or each.has_changed()]
        if not touched:
            return  # rows that are only read need no page, and so no services, of their own
        services = self.admin_site.get_model_admin(formset.model)
        for each in touched:
            with catch_refusal(each):
                _save_inline(services, request.user, each, removed=each in removed)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with catch_refusal():
            self.write_delete(by=request.user, instance=obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except RefusedFormError as refusal:
            self.message_user(request, refusal.words, messages.ERROR)
            return redirect(page_of(self, self.get_object(request, object_id)))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except RefusedFormError as refusal:
            self.message_user(request, refusal.words, messages.ERROR)
            return redirect(request.get_full_path())
        except (ValueError, DataError):
            # An address or a choice of rows that no page of ours makes (a NUL, a row "abc").
            self.message_user(request, _("筛选条件或所选记录无效, 已清除。"), messages.ERROR)
            if request.method == "GET" and not request.GET:
                raise  # the list itself: a mistake of ours, not of the address
            return redirect(request.path)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple:
        # What else refers to a row is the service's question, and its refusal names it.
        rows = [str(each) for each in objs]
        return rows, {self.opts.verbose_name_plural: len(rows)}, set(), []

    # History, in place of the admin's own log ----------------------------------------------------
    def construct_change_message(self, *args: Any, **kwargs: Any) -> str:
        return ""

    def log_addition(self, *args: Any) -> None:
        """Writes nothing: the row's own history knows, whatever the door."""

    log_change = log_deletions = log_addition

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        instance = self.get_object(request, object_id)
        if instance is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, instance):
            raise PermissionDenied
        page = request.GET.get("p", "")
        page_number = int(page) if page.isdecimal() and 0 < int(page) < 10_000 else 1
        context = {
            **self.admin_site.each_context(request),
            **history.describe_history(self.model, instance.pk, page=page_number),
            "title": _("变更历史: %(what)s") % {"what": instance},
            "object": instance,
            "opts": self.opts,
            "page_number": page_number,
            "back": page_of(self, instance),
        }
        return TemplateResponse(request, "admin/row_history.html", context)

    # Search --------------------------------------------------------------------------------------
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        if hasattr(queryset, "search"):
            return queryset.search(search_term), False
        return super().get_search_results(request, queryset, search_term)

    def choices(self, queryset: models.QuerySet) -> models.QuerySet:
        """Returns the rows that a form offers when this model is chosen in it."""
        return queryset

    def choice_label(self, instance: Any) -> str:
        """Returns how a row is called among the choices of a form."""
        return str(instance)


class DomainInline(PermittedMixin, TabularInline):
    """Rows that hang on the page's row: shown here, added here, changed on their own page."""

    formset = ServiceFormSet
    extra = 0
    tab = True
    show_change_link = True
    can_delete = False
    hide_title = False
    list_select_related: tuple[str, ...] = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "view", self.model)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj.pk is None:
            return may(request, "add", self.model)
        if not may(request, "change", self.parent_model, obj):
            return False  # the page has no button to save with
        link = _get_foreign_key(self.parent_model, self.model, self.fk_name).name
        return may_add_below(request, self.model, link, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and may(request, "delete", self.model)


class ReadOnlyInline(DomainInline):
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple:
        return tuple(self.fields or ())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def page_of(admin: Any, instance: models.Model) -> str:
    name = f"{admin.admin_site.name}:{admin.opts.app_label}_{admin.opts.model_name}_change"
    return reverse(name, args=[instance.pk])


def _choices(db_field: Any, request: HttpRequest) -> models.QuerySet:
    rows = db_field.remote_field.model._default_manager.all()
    return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows


def _typed(form: Any, names: Any = None) -> dict[str, Any]:
    """Returns what was typed into the model's own fields, by default all of them."""
    meta = form._meta.model._meta
    own = {field.name for field in (*meta.concrete_fields, *meta.many_to_many)} - {meta.pk.name}
    wanted = form.cleaned_data if names is None else names
    return {name: form.cleaned_data[name] for name in wanted if name in own}


def _save_inline(services: Any, by: Actor, form: Any, *, removed: bool) -> None:
    exists = form.instance.pk is not None
    if removed:
        if exists:
            services.write_delete(by=by, instance=form.instance)
    elif form.has_changed():
        if exists:
            row = services.model._base_manager.get(pk=form.instance.pk)
            services.write_update(by=by, instance=row, changes=_typed(form, form.changed_data))
        else:
            services.write_create(by=by, fields=_typed(form))
