"""Finding names by the beginnings of their words: one question for `to_tsquery('simple', ...)`.

A Chinese name has no spaces, so its signs are words of their own and must stand in a row (the indexes `person_words` and
`shop_words` put spaces around them).
"""

from __future__ import annotations

import re

WORD = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
WORDS_MAX = 6


def question_of(text: str) -> str:
    """Return the question for what somebody typed: all words, each from its beginning; "" when there are none."""
    words = WORD.findall(text.lower())[:WORDS_MAX]
    return " & ".join(_part(word) for word in words)


def _part(word: str) -> str:
    if "\u3400" <= word[0] <= "\u9fff":
        return "(" + " <-> ".join(word[:40]) + ")"
    return f"{word[:40]}:*"
