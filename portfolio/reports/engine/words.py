"""Words of reports, put into each language once a process: headings and choices do not change."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import Choices
from django.utils.translation import get_language

from portfolio.reports.engine.compare import compare_columns
from portfolio.reports.engine.report import Column, Report


def labels_of(choices: type[Choices]) -> Mapping[Any, str]:
    """Returns code → words of the choices, in the language of the moment."""
    return _labels(choices, get_language())


def columns_of(report: Report, *, compared: bool) -> Sequence[Column]:
    """Returns the report's columns, of two days if ``compared``."""
    return _compared_columns(report) if compared else report.columns


def describe_columns(report: Report, *, compared: bool) -> Sequence[Mapping[str, str]]:
    """Returns how the columns are described in JSON, in the language of the moment."""
    return _describe_columns(report, compared, get_language())


@cache
def _labels(choices: Any, _language: str | None) -> dict[Any, str]:
    return {value: str(label) for value, label in choices.choices}


@cache
def _compared_columns(report: Report) -> Sequence[Column]:
    return tuple(compare_columns(report.columns, report.key))


@cache
def _describe_columns(
    report: Report, compared: bool, _language: str | None
) -> tuple[dict[str, str], ...]:
    return tuple(describe_column(each) for each in columns_of(report, compared=compared))


def describe_column(column: Column) -> dict[str, str]:
    return {
        "name": column.name,
        "heading": str(column.heading),
        "unit": str(column.unit),
        "kind": str(column.kind),
    }
