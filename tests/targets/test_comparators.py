"""How the report words what is to be reached: the boundary of each comparator, written out."""

from decimal import Decimal

import pytest

from targets.choices import Comparator
from targets.rules.comparators import Tolerances, is_reached, tolerance_of

YES, NO, UNKNOWN = True, False, None


def tell(comparator, actual, value, measure="cumulative", own=None, other=None):
    number = None if value is None else Decimal(value)
    tolerance = tolerance_of(
        measure=measure,
        value=number or Decimal(0),
        own=None if own is None else Decimal(own),
        default=Tolerances(),
    )
    return is_reached(
        comparator,
        Decimal(actual),
        value=number,
        tolerance=tolerance,
        other=None if other is None else Decimal(other),
    )


@pytest.mark.parametrize(
    ("comparator", "value", "actual", "expected"),
    [
        # 以上
        ("at_least", "300", "299", NO),
        ("at_least", "300", "299.9999", NO),
        ("at_least", "300", "300", YES),
        ("at_least", "300", "301", YES),
        # 突破: strictly
        ("above", "1200", "1199.99", NO),
        ("above", "1200", "1200", NO),
        ("above", "1200", "1200.0000", NO),
        ("above", "1200", "1200.0001", YES),
        # 达到, and bare figures
        ("reach", "45", "44", NO),
        ("reach", "45", "45", YES),
        ("reach", "45", "46", YES),
        # 左右, of an amount: 2 % of 5000 is 100
        ("about", "5000", "4899.99", NO),
        ("about", "5000", "4900", YES),
        ("about", "5000", "5600", YES),
        # 以下, 压减到
        ("at_most", "50", "50.01", NO),
        ("at_most", "50", "50", YES),
        ("at_most", "50", "49", YES),
        # without a figure
        ("done", None, "0", NO),
        ("done", None, "0.9", NO),
        ("done", None, "1", YES),
        # 保持在…以上
        ("keep_at_least", "1000", "999", NO),
        ("keep_at_least", "1000", "1000", YES),
        # 全部
        ("exactly_all", "6971", "6970", NO),
        ("exactly_all", "6971", "6971", YES),
    ],
)
def test_the_boundary_of_each(comparator, value, actual, expected):
    assert tell(comparator, actual, value) is expected


@pytest.mark.parametrize(
    ("actual", "expected"),
    [("7.4", NO), ("7.4999", NO), ("7.5", YES), ("8", YES), ("8.6", YES)],
)
def test_a_rate_of_about_8_is_reached_from_half_a_point_below(actual, expected):
    assert tell("about", actual, "8", measure="growth") is expected
    assert tell("about", actual, "8", measure="share") is expected


@pytest.mark.parametrize(("actual", "expected"), [("6.9", NO), ("7", YES)])
def test_a_target_may_have_a_tolerance_of_its_own(actual, expected):
    assert tell("about", actual, "8", measure="growth", own="1") is expected


def test_a_tolerance_of_nothing_is_not_the_default():
    assert tell("about", "7.9", "8", measure="growth", own="0") is NO


@pytest.mark.parametrize(
    ("actual", "other", "expected"),
    [
        ("7.5", "8", YES),
        ("7.4", "8", NO),
        ("9", "8", YES),
        ("5", None, UNKNOWN),
    ],
)
def test_in_step_is_at_most_the_tolerance_below_the_other(actual, other, expected):
    assert tell("in_step_with", actual, None, measure="growth", other=other) is expected


def test_a_missing_value_is_told_from_no():
    assert tell("at_least", "1", None) is UNKNOWN


def test_every_comparator_of_the_list_has_a_rule():
    for comparator in Comparator.values:
        assert tell(comparator, "2", "1", other="1") in (YES, NO)
