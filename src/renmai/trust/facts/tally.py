"""A whole log's facts in one pass: all of one seller's, and of everyone's how often each thing happened. Pure.

Leaves that differ only in seller, buyer, category and commitment say the same for a market; and what differs in the day
alone is decoded once. So a million are counted in seconds. What a leaf says is exactly what `decode` says of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from renmai.trust.facts.rules import COMMITMENT, PSEUDONYM, TOKEN, BadFact, Fact, decode

Likeness = tuple[bytes | Any, ...]
"""Whether a buyer stands behind a leaf, its `data`, its kind, and its members from `v` on."""


def _inner(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$")


# Canonical JSON orders members by name, so what differs from leaf to leaf stands at known places; no `data` nests.
_LEAF = re.compile(
    (
        rf'\{{(?:"(buyer)":"{_inner(TOKEN)}",)?(?:"category":"[A-Za-z0-9_-]{{1,50}}",)?"commitment":"{_inner(COMMITMENT)}",'
        rf'("data":\{{[^{{}}\\]*\}}),"day":"([0-9-]{{10}})","kind":("[a-z_.]+"),"subject":"({_inner(PSEUDONYM)})",("v":[^\\]*)\}}'
    ).encode()
)
_SOME_DAY = b"2026-01-01"


@dataclass
class Tally:
    """What was found. `own`: the seller's facts with their places in the log; `others`: entries that are no facts.

    `times` counts leaves by their likeness and day. Errors of `decode` are counted, never raised: a log may hold what an older
    reader does not know, and it counts for nothing.
    """

    subject: str
    own: list[tuple[int, Fact]] = field(default_factory=list)
    times: dict[Likeness, dict[bytes, int]] = field(default_factory=dict)
    others: int = 0

    def add(self, first: int, leaves: Iterable[bytes]) -> None:
        """Count leaves that stand in the log one after another from place `first` on."""
        match, subject, times = _LEAF.fullmatch, self.subject.encode(), self.times
        for index, leaf in enumerate(leaves, first):
            found = match(leaf)
            if found is None:
                self.others += 1
                continue
            likeness, day = found.group(1, 2, 4, 6), found[3]
            if (days := times.get(likeness)) is None:
                days = times[likeness] = {}
            days[day] = days.get(day, 0) + 1
            if found[5] == subject:
                self._keep(index, leaf)

    def _keep(self, index: int, leaf: bytes) -> None:
        try:
            self.own.append((index, decode(leaf)))
        except BadFact:
            return

    def merge(self, more: Tally) -> None:
        """Add what was found in another, later part of the log."""
        self.own += more.own
        for likeness, times in more.times.items():
            days = self.times.setdefault(likeness, {})
            for day, count in times.items():
                days[day] = days.get(day, 0) + count
        self.others += more.others

    def counted(self) -> list[tuple[dict[str, Any], int]]:
        """Return each thing that happened, as the members of a leaf without seller, buyer and category, and how often it did.

        Entries that look like facts and are none are added to `others`, so ask only once.
        """
        counted, days = list[tuple[dict[str, Any], int]](), _Days()
        for likeness, times in self.times.items():
            shape = _members(likeness)
            for day, count in times.items():
                on = days[day]
                if shape is None or on is None:
                    self.others += count
                else:
                    counted.append(({**shape, "day": on}, count))
        return counted


class _Days(dict[bytes, str | None]):
    """Days as text, None for what is no day."""

    def __missing__(self, raw: bytes) -> str | None:
        text = raw.decode()
        try:
            self[raw] = text if date.fromisoformat(text).isoformat() == text else None
        except ValueError:
            self[raw] = None
        return self[raw]


def _members(likeness: Likeness) -> dict[str, Any] | None:
    """Return what leaves say that differ in their day alone; None where such a leaf is no fact."""
    buyer, data, kind, end = likeness
    somebody = b'"buyer":"%s",' % (b"A" * 22) if buyer else b""
    leaf = b'{%s"commitment":"%s",%s,"day":"%s","kind":%s,"subject":"%s",%s}' % (
        somebody,
        b"A" * 43,
        data,
        _SOME_DAY,
        kind,
        b"a" * 26,
        end,
    )
    try:
        decode(leaf)
    except BadFact:
        return None
    members: dict[str, Any] = json.loads(leaf)
    return {name: value for name, value in members.items() if name not in ("buyer", "commitment", "subject")}
