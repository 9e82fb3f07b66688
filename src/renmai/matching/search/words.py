"""Words of titles and of questions, Chinese and others.

Chinese has no spaces: a dictionary (rjieba) cuts it. Because title and question may be cut differently, a title is kept as
its words, its pairs of neighbouring signs and its single signs, and a question asks for its words or all of their pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import rjieba

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUNS = re.compile(rf"[{HAN}]+|(?:(?![{HAN}])[^\W_])+")
ACCENTS = re.compile("[\u0300-\u036f\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
HAN_RUN = re.compile(rf"[{HAN}]+")
QUESTION_MAX, WORDS_MAX, WORD_MAX = 100, 8, 40
PREFIX_MIN, SPELLED_MIN = 2, 3


def folded(text: str) -> str:
    """Return `text` in small letters without accents, full-width signs as their plain ones."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())))


def stem(word: str) -> str:
    """Return an English word without the ending of its plural: teas, boxes, berries. Others stay."""
    if len(word) < 4 or not word.isascii() or not word.isalpha() or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1]


def runs(text: str) -> list[str]:
    """Return runs of Chinese signs and other words of `text`, folded, in order."""
    return RUNS.findall(folded(text))


def is_han(run: str) -> bool:
    """Return whether a run is of Chinese signs."""
    return HAN_RUN.match(run) is not None


def pairs(run: str) -> list[str]:
    """Return the pairs of neighbouring signs."""
    return [run[place : place + 2] for place in range(len(run) - 1)]


@lru_cache(maxsize=20_000)
def name_words(text: str) -> frozenset[str]:
    """Return all by which a name is found; as `title_words`, kept, because many products share it."""
    return frozenset(title_words(text))


def title_words(text: str) -> set[str]:
    """Return all by which a title is found."""
    found: set[str] = set()
    for run in runs(text):
        if is_han(run):
            found.update(run, pairs(run), (word for word in _searched(run) if len(word) <= WORD_MAX))
        else:
            found.add(stem(run[:WORD_MAX]))
    return found


def text_words(text: str) -> set[str]:
    """Return the words by which a longer text is found: single Chinese signs are none."""
    found: set[str] = set()
    for run in runs(text):
        if is_han(run):
            found.update(word for word in _searched(run) if 2 <= len(word) <= WORD_MAX)
        else:
            found.add(stem(run[:WORD_MAX]))
    return found


def spelled_words(texts: Iterable[str]) -> set[str]:
    """Return the words that a mistyped one may have meant: Chinese of two signs or more, others of three letters or more."""
    return set().union(*map(_spelled, texts))


@lru_cache(maxsize=20_000)
def _spelled(text: str) -> frozenset[str]:
    found: set[str] = set()
    for run in runs(text):
        if is_han(run):
            found.update(word for word in (*_searched(run), *_joined(run)) if 2 <= len(word) <= 6)
        elif SPELLED_MIN <= len(run) <= WORD_MAX and not run.isdigit():
            found.add(stem(run))
    return frozenset(found)


@lru_cache(maxsize=20_000)
def _searched(run: str) -> tuple[str, ...]:
    return tuple(rjieba.cut_for_search(run))


def _joined(run: str) -> list[str]:
    """Return single signs together with the word before them: dictionaries lack many words like 净化 + 器."""
    words = rjieba.cut(run)
    return [one + other for one, other in pairwise(words) if len(other) == 1 and len(one) > 1]


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of a question; `open` says that it may go on (the last one, not Chinese: somebody is still typing)."""

    text: str
    open: bool = False

    @property
    def is_han(self) -> bool:
        """Return whether it is Chinese."""
        return is_han(self.text)

    def query(self, mark: str = "") -> str:
        """Return the word as a tsquery; `mark` is "^" for a title's words."""
        if self.open and len(self.text) >= PREFIX_MIN:
            return f"'{mark}{self.text}':*"
        if self.is_han and len(self.text) > 2:
            both = " & ".join(f"'{mark}{pair}'" for pair in pairs(self.text))
            return f"('{mark}{self.text}' | {both})"
        return f"'{mark}{self.text}'"


def asked_words(question: str) -> tuple[Asked, ...]:
    """Return the words of a question, each once, at most eight of its first hundred signs."""
    found: list[str] = []
    parts = runs(question[:QUESTION_MAX])
    for run in parts:
        if is_han(run):
            found += [word[:WORD_MAX] for word in rjieba.cut(run) if word]
        else:
            found.append(stem(run[:WORD_MAX]))
    last = stem(parts[-1][:WORD_MAX]) if parts and not is_han(parts[-1]) else None
    return tuple(Asked(word, word == last) for word in list(dict.fromkeys(found))[:WORDS_MAX])


def query_of(words: Iterable[Asked], mark: str = "") -> str:
    """Return the tsquery of all `words` together."""
    return " & ".join(word.query(mark) for word in words)


def steps_between(one: str, other: str, most: int) -> int:
    """Return how many letters must be put in, left out, changed or swapped with their neighbour; `most` + 1 for more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, sign in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != sign))
            if last and j > 1 and letter == other[j - 2] and one[i - 2] == sign:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def is_word(text: str) -> bool:
    """Return whether `text` is one run and nothing else: letters, digits or Chinese signs, folded."""
    return len(text) <= WORD_MAX and RUNS.fullmatch(text) is not None


def shapes(word: str) -> str:
    """Return patterns (for LIKE, between spaces) of Chinese words that differ from `word` in one sign."""
    return " ".join(f"{word[:place]}_{word[place + 1 :]}" for place in range(len(word)))


def swapped(word: str) -> list[str]:
    """Return `word` with two neighbouring letters swapped, in every place: trigrams see little likeness in those."""
    return [word[:place] + word[place + 1] + word[place] + word[place + 2 :] for place in range(len(word) - 1)]


def likest(word: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """Return which of `candidates` (word, number of cards) a mistyped `word` most likely meant, or None.

    The nearest, of those the most frequent; one step away, two where the word is long.
    """
    most = 1 if is_han(word) or len(word) < 5 else 2
    near = [(steps_between(word, other, most), -cards, other) for other, cards in candidates if other != word]
    return min((each for each in near if each[0] <= most), default=(0, 0, None))[2]
