"""The fields in which a row of another table is searched for and chosen."""

from typing import Any

from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)


class _KeysOnly(AutocompleteMixin):
    """Shows among the chosen what can be a key; the field itself says what is wrong with the rest.

    Django's widget asks the database for whatever an address or a hand-made form holds: ``abc``
    is then an error of ours.
    """

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [v for v in value if _is_key(v)], attrs)


class ChooseOne(_KeysOnly, AutocompleteSelect):
    pass


class ChooseMany(_KeysOnly, AutocompleteSelectMultiple):
    pass


def _is_key(value: Any) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= 18
