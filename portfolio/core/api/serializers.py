"""What the serializers share."""

import datetime as dt
from collections import defaultdict
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.validators import UniqueValidator

from portfolio.core.errors import no_such_row

# A day outside is a slip of the keyboard: 0202, 20225.
FIRST_DAY, LAST_DAY = dt.date(1949, 10, 1), dt.date(2100, 12, 31)


class TextField(serializers.CharField):
    """Text as text: ``5`` and ``true`` are no names."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class EmailField(TextField, serializers.EmailField):
    pass


class DateField(serializers.DateField):
    """A day between the founding of the People's Republic and the end of the century."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "out_of_range": gettext_lazy("日期 {value} 不在 {first} 至 {last} 之间, 请核对年份。"),
    }

    def to_internal_value(self, value: Any) -> dt.date:
        day = super().to_internal_value(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("out_of_range", value=day, first=FIRST_DAY, last=LAST_DAY)
        return day


class KeyField(serializers.PrimaryKeyRelatedField):
    """A row by its id: a whole number, or its digits. ``1.5`` is no id, nor is ``true``."""

    def to_internal_value(self, data: Any) -> Any:
        if not is_key(data):
            self.fail("incorrect_type", data_type=type(data).__name__)
        rows: Any = self.get_queryset()
        found = getattr(self.root, "found_together", {}).get(rows.model)
        row = rows.filter(pk=data).first() if found is None else found.get(int(data))
        if row is None:
            words = ErrorDetail(no_such_row(rows.model, data), "does_not_exist")
            raise serializers.ValidationError([words])
        return row


def is_key(data: Any) -> bool:
    """Returns whether this may be a row's id."""
    digits = isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 100
    return digits or type(data) is int


class KeysField(serializers.ManyRelatedField):
    """A list of rows by their ids; DRF would take an object's keys for one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class ReadSerializer(serializers.ModelSerializer):
    """Declares the shape of an answer; ``expandable`` names foreign keys that may be nested."""

    expandable: dict[str, type[serializers.ModelSerializer]] = {}


class StrictBody(serializers.Serializer):
    """Refuses what nobody declared: an error, not silence. For serializers of what is sent."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [name for name in data if name not in writable]
            if unknown:
                raise serializers.ValidationError(
                    {name: [self.refusal_of(name)] for name in unknown}
                )
        return super().to_internal_value(data)

    def refusal_of(self, name: str) -> ErrorDetail:
        hints = getattr(getattr(self, "Meta", None), "read_only_hints", {})
        if name in hints:
            return ErrorDetail(str(hints[name]), code="read_only")
        known = ", ".join(sorted(self.fields)) or _("无")
        return ErrorDetail(
            _("不能写入此字段。可写: %(known)s。") % {"known": known}, code="unknown_field"
        )


class WriteSerializer(StrictBody, serializers.ModelSerializer):
    """Checks the shape of what is sent. Rules are the services'."""

    serializer_related_field = KeyField
    serializer_field_mapping: ClassVar[dict] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.TextField: TextField,
        models.EmailField: EmailField,
        models.DateField: DateField,
    }

    class Meta:
        validators: list = []

    def to_internal_value(self, data: Any) -> Any:
        self.found_together = self._found_together(data) if isinstance(data, dict) else {}
        return super().to_internal_value(data)

    def refers(self, name: str, key: Any) -> bool:
        """Returns whether the present row refers to the row with this key by the field."""
        field = self.fields.get(name)
        if type(key) is not int or not isinstance(field, KeyField) or field.read_only:
            return False
        return getattr(self.instance, f"{field.source}_id") == key

    def _found_together(self, data: dict[str, Any]) -> dict[type[models.Model], dict[int, Any]]:
        """Returns the rows that are named, of each kind of which several are, by one query."""
        keys: dict[type[models.Model], set[int]] = defaultdict(set)
        for name, field in self.fields.items():
            given = data.get(name)
            one = field.child_relation if isinstance(field, KeysField) else field
            if isinstance(one, KeyField) and not one.read_only:
                asked: list[Any] = given if isinstance(given, list) else [given]
                rows: Any = one.get_queryset()
                keys[rows.model] |= {int(key) for key in asked if is_key(key)}
        several = {model: wanted for model, wanted in keys.items() if len(wanted) > 1}
        return {model: model._default_manager.in_bulk(wanted) for model, wanted in several.items()}

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Leaves uniqueness to the service, which asks the model once."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        kwargs["validators"] = [
            v for v in kwargs.get("validators", []) if not isinstance(v, UniqueValidator)
        ]
        if not kwargs["validators"]:
            del kwargs["validators"]
        return field_class, kwargs
