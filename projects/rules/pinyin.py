"""Pinyin keys: how Chinese names are sorted and found by initials."""

from pypinyin import Style, lazy_pinyin


def pinyin_key(text: str) -> str:
    """Returns "full initials" of a name: ``林南 → "linnan ln"``.

    The database has no Chinese collation everywhere, so lists sort by this key; a search for
    "ln" finds it. Other characters stay, in lower case.
    """
    full = "".join(lazy_pinyin(text)).lower()
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
    return f"{full} {initials}"
