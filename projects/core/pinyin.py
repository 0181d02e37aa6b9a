"""Pinyin keys: how Chinese names are sorted and found by initials."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.simpleseg import seg

KNOWN_WORDS = 50_000  # the words of names recur; looking one up costs as much as writing a row


def pinyin_key(text: str) -> str:
    """Returns "full initials" of a name: ``林南 → "linnan ln"``.

    The database has no Chinese collation everywhere, so lists sort by this key; a search for
    "ln" finds it. Other characters stay, in lower case.
    """
    words = [_word_key(word) for word in seg(text)]
    return f"{''.join(full for full, _ in words)} {''.join(first for _, first in words)}"


@lru_cache(maxsize=KNOWN_WORDS)
def _word_key(word: str) -> tuple[str, str]:
    full = "".join(lazy_pinyin(word)).lower()
    return full, "".join(lazy_pinyin(word, style=Style.FIRST_LETTER)).lower()
