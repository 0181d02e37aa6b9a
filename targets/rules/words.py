"""Figures as a sentence shows them."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def figure_words(value: Decimal, unit: str = "") -> str:
    """Returns ``87.5 亿元``, ``8%``: at most two decimals, no trailing zeros."""
    short = value.quantize(CENT, ROUND_HALF_UP)
    text = f"{short.normalize() + 0:f}"
    return f"{text}{unit}" if unit == "%" or not unit else f"{text} {unit}"
