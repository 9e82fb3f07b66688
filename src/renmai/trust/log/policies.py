"""Whom a reader trusts: logs, witnesses, and how many of them must have cosigned (c2sp.org/tlog-policy). Pure.

Names are bytes, for nothing in the format makes them text. Keys here are Ed25519's alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from renmai.trust.log.notes import COSIGNATURE, ED25519, BadNote, VerifierKey, parse_verifier_key

POLICY_BYTES_MAX = 256 * 1024
PARTIES_MAX = 100
"""How many logs, witnesses and groups there may be, of each; the format asks for 32 at least."""
NONE = b"none"

_ODD = frozenset(range(0x20)) - {0x09, 0x0A} | {0x7F}


class BadPolicy(ValueError):
    """A policy file that is none; the text says which line, and why."""


@dataclass(frozen=True, slots=True)
class Party:
    """A log or a witness: its key, and where it is asked ("" where the file does not say)."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these witnesses and groups."""

    threshold: int
    members: tuple[bytes, ...]


@dataclass(frozen=True)
class Policy:
    """Who is known, and the quorum: a witness, a group, or NONE."""

    logs: tuple[Party, ...] = ()
    witnesses: Mapping[bytes, Party] = field(default_factory=dict)
    groups: Mapping[bytes, Group] = field(default_factory=dict)
    quorum: bytes = NONE

    def log(self, origin: str) -> VerifierKey | None:
        """Return the key of the log with this origin line."""
        return next((log.key for log in self.logs if log.key.name == origin), None)

    def is_met(self, cosigned: Collection[VerifierKey]) -> bool:
        """Return whether the cosignatures of these witnesses make the quorum."""
        return self.quorum == NONE or self._has(self.quorum, cosigned)

    def _has(self, name: bytes, cosigned: Collection[VerifierKey]) -> bool:
        if name in self.witnesses:
            return self.witnesses[name].key in cosigned
        group = self.groups[name]
        return sum(self._has(member, cosigned) for member in group.members) >= group.threshold


def parse_policy(raw: bytes) -> Policy:
    """Return the policy in a file. Errors: BadPolicy."""
    if len(raw) > POLICY_BYTES_MAX:
        raise BadPolicy("the policy is too long")
    reading = _Reading()
    for number, line in enumerate(raw.split(b"\n"), 1):
        try:
            reading.take(line)
        except (BadPolicy, BadNote) as wrong:
            raise BadPolicy(f"line {number}: {wrong}") from None
    if reading.quorum is None:
        raise BadPolicy("there is no quorum line")
    return Policy(tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum)


class _Reading:
    """What was read of a file so far."""

    def __init__(self) -> None:
        self.logs: list[Party] = []
        self.witnesses: dict[bytes, Party] = {}
        self.groups: dict[bytes, Group] = {}
        self.quorum: bytes | None = None
        self.grouped: set[bytes] = set()

    def take(self, line: bytes) -> None:
        if not _ODD.isdisjoint(line):
            raise BadPolicy("a control character")
        word, *rest = [part for part in line.replace(b"\t", b" ").split(b" ") if part] or [b"#"]
        if word.startswith(b"#"):
            return
        takes = {b"log": self._log, b"witness": self._witness, b"group": self._group, b"quorum": self._quorum}
        if word not in takes:
            raise BadPolicy("neither log, witness, group nor quorum")
        takes[word](rest)

    def _log(self, rest: list[bytes]) -> None:
        if len(rest) not in (1, 2):
            raise BadPolicy("a log has a key, and perhaps an address")
        self.logs.append(_party(rest, ED25519, [log.key for log in self.logs]))

    def _witness(self, rest: list[bytes]) -> None:
        if len(rest) not in (2, 3):
            raise BadPolicy("a witness has a name, a key, and perhaps an address")
        known = [witness.key for witness in self.witnesses.values()]
        self.witnesses[self._new(rest[0])] = _party(rest[1:], COSIGNATURE, known)

    def _group(self, rest: list[bytes]) -> None:
        if len(rest) < 3 or len(self.groups) >= PARTIES_MAX:
            raise BadPolicy("a group has a name, how many it needs, and members")
        name, needs, *members = rest
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise BadPolicy("a member that no line before defines")
            if member in self.grouped:
                raise BadPolicy("a member that is in a group already")
            self.grouped.add(member)
        self.groups[self._new(name)] = Group(_threshold(needs, len(members)), tuple(members))

    def _quorum(self, rest: list[bytes]) -> None:
        if len(rest) != 1 or self.quorum is not None:
            raise BadPolicy("there is one quorum, with one name")
        if rest[0] != NONE and rest[0] not in self.witnesses and rest[0] not in self.groups:
            raise BadPolicy("a quorum that no line before defines")
        self.quorum = rest[0]

    def _new(self, name: bytes) -> bytes:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise BadPolicy("a name that is taken")
        return name


def _party(words: list[bytes], kind: int, known: list[VerifierKey]) -> Party:
    try:
        key = parse_verifier_key(words[0].decode())
        url = words[1].decode() if len(words) > 1 else ""
    except UnicodeDecodeError:
        raise BadPolicy("a key or address that is not UTF-8") from None
    if key.kind != kind:
        raise BadPolicy("a key of the wrong kind")
    if len(known) >= PARTIES_MAX or any(key.public == other.public for other in known):
        raise BadPolicy("one key twice, or too many")
    return Party(key, url)


def _threshold(needs: bytes, members: int) -> int:
    if needs in (b"any", b"all"):
        return 1 if needs == b"any" else members
    if not needs.isdigit() or len(needs) > 3 or not 1 <= int(needs) <= members:
        raise BadPolicy("a group that needs more members than it has, or none")
    return int(needs)
