"""A whole log's facts in one pass: all of one seller's, and of everyone's how often each thing happened. Pure.

Leaves that differ only in seller, buyer and commitment say the same for a market. So one of them is decoded for all, and
a million are counted in seconds. What a leaf says is exactly what `decode` says of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from renmai.trust.facts.rules import COMMITMENT, PSEUDONYM, TOKEN, BadFact, Fact, decode

Likeness = tuple[bytes | Any, ...]
"""Whether a buyer stands behind a leaf, its category, and its members from `data` to `kind` and from `v` on."""


def _inner(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$")


# Canonical JSON orders members by name, so what differs from leaf to leaf stands at known places.
_LEAF = re.compile(
    (
        rf'\{{(?:"(buyer)":"{_inner(TOKEN)}",)?("category":"[A-Za-z0-9_-]{{1,50}}",)?"commitment":"{_inner(COMMITMENT)}",'
        rf'("data":[^\\]*?,"kind":"[a-z_.]+"),"subject":"({_inner(PSEUDONYM)})",("v":[^\\]*)\}}'
    ).encode()
)


@dataclass
class Tally:
    """What was found. `own`: the seller's facts with their places in the log; `others`: entries that are no facts.

    `times` counts leaves by their likeness. Errors of `decode` are counted, never raised: a log may hold what an older
    reader does not know, and it counts for nothing.
    """

    subject: str
    own: list[tuple[int, Fact]] = field(default_factory=list)
    times: Counter[Likeness] = field(default_factory=Counter)
    others: int = 0

    def add(self, first: int, leaves: Iterable[bytes]) -> None:
        """Count leaves that stand in the log one after another from place `first` on."""
        match, subject, times = _LEAF.fullmatch, self.subject.encode(), self.times
        for index, leaf in enumerate(leaves, first):
            found = match(leaf)
            if found is None:
                self.others += 1
                continue
            times[found.group(1, 2, 3, 5)] += 1
            if found[4] == subject:
                self._keep(index, leaf)

    def _keep(self, index: int, leaf: bytes) -> None:
        try:
            self.own.append((index, decode(leaf)))
        except BadFact:
            return

    def merge(self, more: Tally) -> None:
        """Add what was found in another, later part of the log."""
        self.own += more.own
        self.times.update(more.times)
        self.others += more.others

    def counted(self) -> list[tuple[dict[str, Any], int]]:
        """Return each thing that happened, as the members of some leaf without seller and buyer, and how often it did.

        Entries that look like facts and are none are added to `others`, so ask only once.
        """
        counted = list[tuple[dict[str, Any], int]]()
        for likeness, times in self.times.items():
            try:
                counted.append((_members(likeness), times))
            except BadFact:
                self.others += times
        return counted


def _members(likeness: Likeness) -> dict[str, Any]:
    """Return the members that leaves of a likeness share. Errors: BadFact where such a leaf is none."""
    buyer, category, middle, end = likeness
    somebody = b'"buyer":"%s",' % (b"A" * 22) if buyer else b""
    leaf = b'{%s%s"commitment":"%s",%s,"subject":"%s",%s}' % (
        somebody,
        category or b"",
        b"A" * 43,
        middle,
        b"a" * 26,
        end,
    )
    decode(leaf)
    members: dict[str, Any] = json.loads(leaf)
    return {name: value for name, value in members.items() if name not in ("buyer", "commitment", "subject")}
