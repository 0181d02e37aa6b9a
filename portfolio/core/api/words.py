"""How a row of another table is called in sheets: by words that people and imports understand."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models

_words: dict[str, tuple[tuple[str, ...], Callable[..., str]]] = {}


def register_row_label(label: str, *columns: str, words: Callable[..., str] = str) -> None:
    """Says how rows of the model ``label`` are called: ``words`` of these columns."""
    _words[label] = (columns, words)


def read_row_labels(model: type[models.Model], keys: Iterable[Any]) -> dict[Any, str]:
    """Returns id → words, one query; ids of models that have no words stay ids."""
    wanted = {key for key in keys if key is not None}
    if model._meta.label not in _words or not wanted:
        return {key: str(key) for key in wanted}
    columns, words = _words[model._meta.label]
    rows = model._base_manager.filter(pk__in=wanted).values_list("pk", *columns)
    return {pk: words(*values) for pk, *values in rows}
