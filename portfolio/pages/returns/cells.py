"""What stands in a cell of a monthly return, and what a typed or pasted one means.

Cells are read as the import reads a sheet's: ``1,234.5``, ``60%``, ``2025/9/1``, ``2025年9月底``;
besides, where the return's month tells the year, ``9月``, and a light by its first character.
"""

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from projects.choices import LightColour
from projects.importing.cells import describe_remedy, find_reader
from projects.importing.values import UnreadableCellError, cell_to_text, normalize_text, parse_date
from projects.returns.models import ProgressReturn, ReturnPeriod
from projects.returns.sheets import RETURN_SHEET

COLUMNS = (
    "investment_reported", "investment_statistical", "physical_progress", "work_done", "obstacles",
    "forecast_commissioning", "department_light",
)  # fmt: skip
LONG = frozenset({"work_done", "obstacles"})
NUMBERS = frozenset({"investment_reported", "investment_statistical", "physical_progress"})
# By these one sees that nobody has filled in the month: the rest comes from the month before.
OF_THE_MONTH = ("investment_reported", "investment_statistical", "work_done")
_WITHOUT_YEAR = re.compile(r"^(\d{1,2})月")


class UnreadableGridCellError(ValueError):
    """The cell does not say what its column needs; the text says what would."""


def read_cell(name: str, text: str, period: ReturnPeriod | None) -> Any:
    """Returns the value that a cell's text means; an empty cell means that there is none."""
    if not cell_to_text(text):
        return None if ProgressReturn._meta.get_field(name).null else ""
    try:
        if name == "forecast_commissioning":
            return _date(text, period)
        if name == "department_light":
            text = _light_names().get(normalize_text(text), text)
        return find_reader(RETURN_SHEET, name, None)(text)
    except UnreadableCellError as error:
        raise UnreadableGridCellError(describe_remedy(error)) from error


def cell_text(name: str, value: Any) -> str:
    """Returns a value as its cell shows it; read again it is the same."""
    if value is None or value == "":
        return ""
    if name == "department_light":
        return str(LightColour(value).label)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        field: Any = ProgressReturn._meta.get_field(name)
        exact = value.as_tuple().exponent
        least = -field.decimal_places
        return format(round(value, field.decimal_places) if exact > least else value, "f")
    return cell_to_text(value)


def label_of_column(name: str) -> str:
    field: models.Field = ProgressReturn._meta.get_field(name)  # type: ignore[assignment]
    return str(field.verbose_name)


def _date(text: str, period: ReturnPeriod | None) -> dt.date:
    without_year = _WITHOUT_YEAR.match(normalize_text(text))
    if without_year is None or period is None:
        return parse_date(text)
    if int(without_year[1]) < period.month:
        # Behind the return's month in this year, or next year's? That is not ours to guess.
        raise UnreadableGridCellError(_("请写明年份, 例如 2026年3月。"))
    return parse_date(f"{period.year}年{normalize_text(text)}")


def _light_names() -> dict[str, str]:
    return _first_characters(get_language() or "")


@lru_cache
def _first_characters(language: str) -> dict[str, str]:
    """Returns the first character of each light's name → its code."""
    return {str(label)[:1]: str(code) for code, label in LightColour.choices}
