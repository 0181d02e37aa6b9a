"""Whether the parts of a breakdown add up to the whole, or someone says why they don't."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Share:
    """A part: what it is to give, of which part it is a part, and what is said of it."""

    value: Decimal
    parent: Hashable = None
    note: str = ""


@dataclass(frozen=True)
class UnevenLevel:
    """A whole (the target: ``None``, or a part) whose parts come to something else."""

    parent: Hashable
    whole: Decimal
    total: Decimal


def find_uneven_levels(
    whole: Decimal, shares: Mapping[Any, Share], *, explained: bool = False
) -> list[UnevenLevel]:
    """Returns, level by level, where the parts don't add up and nobody says why.

    What is broken down no further needs no sum. A level is explained by a note on its whole
    (``explained``: on the target) or on any of its parts.
    """
    levels: dict[Hashable, list[Share]] = defaultdict(list)
    for share in shares.values():
        levels[share.parent].append(share)
    found = []
    for parent, parts in levels.items():
        above = None if parent is None else shares[parent]
        said = (explained if above is None else bool(above.note)) or any(p.note for p in parts)
        due = whole if above is None else above.value
        total = sum((part.value for part in parts), Decimal(0))
        if total != due and not said:
            found.append(UnevenLevel(parent, due, total))
    return found


def circles(parents: Mapping[Any, Any]) -> set[Any]:
    """Returns the keys that come back to themselves on the way up."""
    found = set()
    for key in parents:
        seen, current = {key}, parents[key]
        while current is not None and current not in seen:
            seen.add(current)
            current = parents.get(current)
        if current == key:
            found.add(key)
    return found
