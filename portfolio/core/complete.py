"""Tables over a code list: colours, orders, words, rules for each stage, status or light."""

from collections.abc import Collection, Iterable

from django.core.exceptions import ImproperlyConfigured


def check_complete(
    name: str, table: Collection[str], codes: Iterable[str], *, aside: Collection[str] = ()
) -> None:
    """Refuses a table that says nothing of some code; ``aside`` is what it leaves out on purpose.

    Stands right below each such table. So whoever adds a stage is told by every table that has
    to know it as soon as the process starts, and not months later by a project without a colour.
    """
    missing = [str(code) for code in codes if code not in table and code not in aside]
    if missing:
        raise ImproperlyConfigured(
            f"{name} says nothing of {', '.join(missing)}: add it, or leave it aside on purpose"
        )
