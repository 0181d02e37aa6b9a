"""What the serializers share."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.validators import UniqueValidator


class KeyField(serializers.PrimaryKeyRelatedField):
    """A row by its id: a whole number, or its digits. ``1.5`` is no id, nor is ``true``."""

    def to_internal_value(self, data: Any) -> Any:
        digits = isinstance(data, str) and data.isascii() and data.isdigit()
        if not digits and type(data) is not int:
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class KeysField(serializers.ManyRelatedField):
    """A list of rows by their ids; DRF would take an object's keys for one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class ReadSerializer(serializers.ModelSerializer):
    """Declares the shape of an answer; ``expandable`` names foreign keys that may be nested."""

    expandable: dict[str, type[serializers.ModelSerializer]] = {}


class WriteSerializer(serializers.ModelSerializer):
    """Checks the shape of what is sent. Rules are the services'; what nobody declared is an
    error, not silence."""

    serializer_related_field = KeyField

    class Meta:
        validators: list = []

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [name for name in data if name not in writable]
            if unknown:
                raise serializers.ValidationError({name: [self._refusal(name)] for name in unknown})
        return super().to_internal_value(data)

    def _refusal(self, name: str) -> ErrorDetail:
        if name in getattr(self.Meta, "read_only_hints", {}):
            return ErrorDetail(str(self.Meta.read_only_hints[name]), code="read_only")
        return ErrorDetail(
            _("不能写入此字段。可写: %(known)s。") % {"known": ", ".join(sorted(self.fields))},
            code="unknown_field",
        )

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Leaves uniqueness to the service, which asks the model once."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        kwargs["validators"] = [
            v for v in kwargs.get("validators", []) if not isinstance(v, UniqueValidator)
        ]
        if not kwargs["validators"]:
            del kwargs["validators"]
        return field_class, kwargs
