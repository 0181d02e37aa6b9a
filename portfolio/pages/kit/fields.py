"""Fields that several pages of the workbench have."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from portfolio.pages.kit.forms import DateInput
from projects.evidence.rules import CONTENT_TYPES

ACCEPTED = ",".join(["image/*", *(f".{extension}" for extension in CONTENT_TYPES)])


class FilesInput(forms.ClearableFileInput):
    """The browser's own choice of files; a phone offers its camera."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"

    def __init__(self) -> None:
        words = {"data-choose": _("选择照片或文件"), "data-none": _("未选择文件")}
        super().__init__(attrs={"accept": ACCEPTED, **words})


class FilesField(forms.FileField):
    """Any number of files; what they are is read off their content by the service."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(each, initial) for each in given]


def files_field(*, required: bool = False) -> FilesField:
    return FilesField(
        label=_("照片或文件"), required=required, help_text=_("可一次选多个; 手机上可直接拍照。")
    )


def text_area_field(
    label: Any, *, required: bool = True, most: int = 500, **more: Any
) -> forms.CharField:
    """Returns a field for a few sentences."""
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=required, max_length=most, widget=area, **more)


def text_field(
    label: Any, *, required: bool = True, most: int = 200, **more: Any
) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=most, **more)


def date_field(label: Any, *, required: bool = True, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DateInput(), **more)


def initial_day() -> str:
    """Returns the day as what a field of a day begins with."""
    return clock.today().isoformat()


def choice_field(
    label: Any, choices: Any, *, required: bool = True, **more: Any
) -> forms.ChoiceField:
    """Returns a field of codes, shown in words, that begins with nothing chosen."""
    nothing = [("", _("请选择") if required else _("全部"))]
    return forms.ChoiceField(label=label, required=required, choices=[*nothing, *choices], **more)
