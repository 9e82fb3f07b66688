"""Read signals into arrays: one streamed pass over the table, no object for any row.

`COPY` in binary writes records of one length here, as no column is null or of varying length, so numpy reads them as they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import scipy.sparse as sp
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from renmai.kit.clock import local_day
from renmai.matching.engine.matrices import matrix_of
from renmai.matching.fits.models import ModelName
from renmai.matching.signals.models import SignalKind
from renmai.matching.signals.rules import (
    DWELL_SECONDS_MAX,
    DWELL_UNIT_SECONDS,
    HALF_LIFE_DAYS,
    KIND_WEIGHTS,
    LASTING,
    RETENTION_DAYS,
)

KINDS = [kind.value for kind in SignalKind]
# name -> kinds whose row is the subject's own, and kinds that count for the shop in which they were done.
READ: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ModelName.BUYERS: (("view", "dwell", "cart", "order", "refund"), ()),
    ModelName.CREATORS: (("pick", "sample", "decline"), ("order", "refund")),
}
RECORD = np.dtype([
    ("fields", ">i2"),
    ("subject_size", ">i4"), ("subject", ">u8", 2),
    ("thing_size", ">i4"), ("thing", ">u8", 2),
    ("kind_size", ">i4"), ("kind", ">i2"),
    ("amount_size", ">i4"), ("amount", ">i4"),
    ("at_size", ">i4"), ("at", ">i8"),
])  # fmt: skip
HEADER_BYTES, TRAILER_BYTES = 19, 2
SIGNALS_MAX = 5_000_000
"""About a gigabyte while they are read. Where there are more, the oldest days are left out, but for what lasts."""
# Of who does without a profile nothing is read. `only`: subjects to read of, or null for all.
SIGNALS = """
copy (
  select x.subject_id, s.thing_id, array_position(%(kinds)s::text[], s.kind::text)::int2, s.amount::int4,
         (extract(epoch from s.at) * 1000000)::int8
  from matching_signal s
  cross join lateral (
    select case when s.kind = any(%(own)s::text[]) then s.subject_id when s.kind = any(%(shops)s::text[]) then s.shop_id end
  ) x (subject_id)
  where s.thing = 'product' and x.subject_id is not null and s."on" >= %(since)s::date and s."on" < %(until)s::date
    and (s."on" >= %(newest)s::date or s.kind = any(%(lasting)s::text[]))
    and (%(only)s::uuid[] is null or s.subject_id = any(%(only)s::uuid[]))
    and not exists (select from matching_profile f where f.subject_id in (s.subject_id, x.subject_id) and f.without)
) to stdout (format binary)
"""
BEYOND = "select at from matching_signal where at < %s order by at desc offset %s limit 1"
DAY_MICROSECONDS = 86_400_000_000

Ids = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who took what, and how much: `subject`, `thing` (places in `subjects`, `things`), `weight` above 0, one of each pair.

    `last`: when last, in microseconds since 1970. Ids are rows of two numbers, in the order of the identifiers. `signals`: how
    many rows were read for it.
    """

    subjects: Ids
    things: Ids
    subject: NDArray[np.int32]
    thing: NDArray[np.int32]
    weight: NDArray[np.float32]
    last: NDArray[np.int64]
    signals: int

    def matrix(self, chosen: NDArray[np.bool_] | None = None) -> sp.csr_matrix:
        """Return subjects x things, of all pairs or of those `chosen`."""
        some = slice(None) if chosen is None else chosen
        shape = len(self.subjects), len(self.things)
        return matrix_of(self.subject[some], self.thing[some], self.weight[some], shape)


def first_moment(day: date) -> datetime:
    """Return when a day of the house begins, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)


def read_pairs(name: str, until: datetime, *, only: Sequence[UUID] | None = None) -> Pairs:
    """Return the pairs of a model from signals of whole days before `until` (the first moment of a day), at most thirteen months.

    `only`: of these subjects alone, and of what was done in a shop only what it did itself. The same signals give the same pairs, bit for bit, in whatever order they lie on disk.
    """
    records = _records(name, until, only)
    subjects, subject = coded(records["subject"])
    things, thing = coded(records["thing"])
    kind, amount, at = (records[column].astype(np.int64) for column in ("kind", "amount", "at"))
    key = subject * max(len(things), 1) + thing
    order = np.lexsort((amount, at, kind, key))
    key, weight, at, kind = key[order], _weights(kind, amount, at, until)[order], at[order], kind[order]
    found, starts = np.unique(key, return_index=True)
    sums = np.add.reduceat(weight, starts) if len(found) else weight
    last = np.maximum.reduceat(np.where(weight > 0, at, 0), starts) if len(found) else at
    stays = sums > 0
    found, sums, last = found[stays], sums[stays], last[stays]
    width = max(len(things), 1)
    return Pairs(
        subjects, things, (found // width).astype(np.int32), (found % width).astype(np.int32),
        np.log1p(sums).astype(np.float32), last, len(records),
    )  # fmt: skip


def coded(ids: NDArray[Any]) -> tuple[Ids, NDArray[np.int64]]:
    """Return the different ones of `ids` (rows of two numbers), ascending, and the place of each in them."""
    words = ids.astype(np.uint64).reshape(-1, 2)
    order = np.lexsort((words[:, 1], words[:, 0]))
    ascending = words[order]
    begins = np.ones(len(words), dtype=bool)
    begins[1:] = np.any(ascending[1:] != ascending[:-1], axis=1)
    places = np.empty(len(words), dtype=np.int64)
    places[order] = np.cumsum(begins) - 1
    return ascending[begins], places


def uuids(ids: Ids) -> list[UUID]:
    """Return ids as identifiers."""
    raw = ids.astype(">u8").tobytes()
    return [UUID(bytes=raw[place : place + 16]) for place in range(0, len(raw), 16)]


def _records(name: str, until: datetime, only: Sequence[UUID] | None) -> NDArray[Any]:
    own, shops = READ[name]
    day = local_day(until)
    asked = {
        "kinds": KINDS, "own": list(own), "shops": list(shops), "since": day - timedelta(days=RETENTION_DAYS), "until": day,
        "newest": date.min if only is not None else _newest(until), "lasting": [kind.value for kind in LASTING],
        "only": None if only is None else list(only),
    }  # fmt: skip
    raw = bytearray()
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(SIGNALS, asked) as copy:
        for piece in copy:
            raw += piece
    return np.frombuffer(memoryview(raw)[HEADER_BYTES : len(raw) - TRAILER_BYTES], dtype=RECORD)


def _newest(until: datetime) -> date:
    """Return the first day of which all kinds are read: as many whole days as `SIGNALS_MAX` signals reach, at least one."""
    with connection.cursor() as cursor:
        cursor.execute(BEYOND, (until, SIGNALS_MAX))
        row = cursor.fetchone()
    return min(local_day(row[0]), local_day(until) - timedelta(days=2)) + timedelta(days=1) if row else date.min


def _weights(
    kind: NDArray[np.int64], amount: NDArray[np.int64], at: NDArray[np.int64], until: datetime
) -> NDArray[np.float64]:
    """Return `signals/rules.py: weight` of each signal."""
    of_kind = np.array([0.0, *(KIND_WEIGHTS[SignalKind(each)] for each in KINDS)])
    lasts = np.array([False, *(SignalKind(each) in LASTING for each in KINDS)])
    dwell = kind == KINDS.index("dwell") + 1
    counted = np.where(dwell, np.minimum(amount, DWELL_SECONDS_MAX) / DWELL_UNIT_SECONDS, amount)
    days = np.maximum(0.0, (until.timestamp() * 1_000_000 - at) / DAY_MICROSECONDS)
    faded = np.where(lasts[kind], 1.0, 0.5 ** (days / HALF_LIFE_DAYS))
    weights: NDArray[np.float64] = of_kind[kind] * (np.log1p(counted) / np.log1p(1.0)) * faded
    return weights
