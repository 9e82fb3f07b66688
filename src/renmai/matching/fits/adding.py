"""Between two fits: products that the serving model does not know get rows from what was taken with them since.

Exact for them as far as the people who took them go; how popular older products are is known from the fit. What it adds is marked
(`Near.added`), is no part of the artefact, and is thrown away with the next fit, which knows the products itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import scipy.sparse as sp
from django.db import connection, transaction
from numpy.typing import NDArray

from renmai.kit.clock import local_day
from renmai.matching.engine.matrices import sums
from renmai.matching.engine.near import KEPT, add_to_near
from renmai.matching.fits.models import Fit, ModelState
from renmai.matching.fits.reading import READ, Pairs, first_moment, read_pairs, uuids
from renmai.matching.fits.runs import the_only_one

PRODUCTS_MAX = 20
SIGNALS_MAX = 5_000
SUBJECTS_MAX = 2_000
BACK_MAX = 50
LATE = timedelta(minutes=2)
"""Signals come a little after what they tell of: so far back it is looked again."""

SINCE = """
select s.thing_id, s.at, s.id, r.id is null or r.added as is_new from matching_signal s
left join matching_near r on r.fit_id = %s and r.product_id = s.thing_id
where s.at >= %s and (s.at, s.id) > (%s, %s::uuid) and s.at <= %s and s.thing = 'product' and s.kind = any(%s)
order by s.at, s.id limit %s
"""
TAKERS = """
select s.subject_id from matching_signal s
where s.at >= %s and s.thing = 'product' and s.thing_id = any(%s) and s.kind = any(%s)
group by s.subject_id order by max(s.at) desc, s.subject_id limit %s
"""
KNOWN = "select product_id, taken from matching_near where fit_id = %s and product_id = any(%s) and not added"
PUT = """
insert into matching_near (fit_id, product_id, near, weights, taken, added) values (%s, %s, %s::uuid[], %s, %s, true)
on conflict (fit_id, product_id) do update
set near = excluded.near, weights = excluded.weights, taken = excluded.taken
"""
ROWS = "select product_id, near, weights from matching_near where fit_id = %s and product_id = any(%s) order by id for update"
MEND = "update matching_near set near = %s::uuid[], weights = %s where fit_id = %s and product_id = %s"
COUNT = """
update matching_fit f set added_until = %s, added_id = %s,
  added = (select count(*) from matching_near r where r.fit_id = f.id and r.added),
  rows = (select count(*) from matching_near r where r.fit_id = f.id)
where f.id = %s and f.state = 'serving'
"""


def add_new_products(*, now: datetime) -> int:
    """Give rows to products the serving models do not know, up to 20 a model and run; return how many.

    Nothing while a fit is under way. Run again, it writes the same.
    """
    added = 0
    with the_only_one() as held:
        if held:
            for fit in Fit.objects.filter(state=ModelState.SERVING).order_by("name"):
                added += _add(fit, now)
    return added


@dataclass(frozen=True, slots=True)
class _Read:
    """How far signals were read: all up to the one at `at` with the identifier `id`, itself among them."""

    at: datetime
    id: UUID


START = UUID(int=0)
"""Before the first identifier."""


def _add(fit: Fit, now: datetime) -> int:
    since = _Read(fit.added_until or fit.until, fit.added_id or START)
    products, until, whole = _new_products(fit, since, now)
    if not products:
        # So that a quiet minute writes nothing, it is noted only now and then how far was read; at once where there is more.
        if not whole or until.at - since.at > timedelta(hours=1):
            Fit.objects.filter(id=fit.id).update(added_until=until.at, added_id=until.id)
        return 0
    found = _near_of_new(fit, products, now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(PUT, [(fit.id, row.product_id, row.near, row.weights, row.taken) for row in found.rows])
        _mend(fit.id, found.back)
        cursor.execute(COUNT, (until.at, until.id, fit.id))
    return len(found.rows)


def _new_products(fit: Fit, since: _Read, now: datetime) -> tuple[list[UUID], _Read, bool]:
    """Return products without a row of the fit that something was done with since, up to where all of them are named, and
    whether that is all there is."""
    asked = (fit.id, since.at, since.at, since.id, now, list(READ[fit.name][0]), SIGNALS_MAX)
    with connection.cursor() as cursor:
        cursor.execute(SINCE, asked)
        rows = cursor.fetchall()
    found: dict[UUID, None] = {}
    until = since
    for thing_id, at, signal_id, is_new in rows:
        if is_new and thing_id not in found:
            if len(found) == PRODUCTS_MAX:
                return list(found), until, False
            found[thing_id] = None
        until = _Read(at, signal_id)
    if len(rows) == SIGNALS_MAX:
        return list(found), until, False
    late = now - LATE
    return list(found), _Read(late, START) if late > since.at else since, True


@dataclass(frozen=True, slots=True)
class _Row:
    """A row to be written."""

    product_id: UUID
    near: list[UUID]
    weights: list[float]
    taken: float


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of new products, and where they belong in the rows of others: (that one, the new one, weight)."""

    rows: list[_Row]
    back: list[tuple[UUID, UUID, float]]


def _near_of_new(fit: Fit, products: Sequence[UUID], now: datetime) -> _Found:
    kinds = list(READ[fit.name][0])
    with connection.cursor() as cursor:
        cursor.execute(TAKERS, (fit.until, list(products), kinds, SUBJECTS_MAX))
        takers = [subject_id for (subject_id,) in cursor.fetchall()]
    pairs = read_pairs(fit.name, first_moment(local_day(now) + timedelta(days=1)), only=takers)
    ids = uuids(pairs.things)
    is_new = np.isin(np.array([each.hex for each in ids]), [each.hex for each in products])
    matrix = _whole(fit, pairs, ids)
    touched = np.flatnonzero(is_new)
    near = add_to_near(sp.csr_matrix((len(ids), len(ids)), dtype=np.float32), matrix, touched, kept=KEPT)
    taken = sums(matrix, 0)
    rows = [
        _row(ids, near, int(place), float(taken[place]))
        for place in touched
        if near.indptr[place] < near.indptr[place + 1]
    ]
    return _Found(rows, _back(ids, near.tocsc(), touched, is_new))


def _whole(fit: Fit, pairs: Pairs, ids: Sequence[UUID]) -> sp.csr_matrix:
    """Return who took what, and below, for each product the fit knows, one who took all the rest of it and nothing else.

    That one makes no pair; but each product weighs what it weighed in the fit.
    """
    matrix = pairs.matrix()
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, (fit.id, list(ids)))
        known = dict(cursor.fetchall())
    rest = np.array([known.get(each, 0.0) for each in ids], dtype=np.float64) - sums(matrix, 0)
    others = sp.diags(np.maximum(rest, 0.0).astype(np.float32), format="csr", dtype=np.float32)
    whole: sp.csr_matrix = sp.vstack([matrix, others], format="csr", dtype=np.float32)
    whole.eliminate_zeros()
    return whole


def _row(ids: Sequence[UUID], near: sp.csr_matrix, place: int, taken: float) -> _Row:
    row = slice(near.indptr[place], near.indptr[place + 1])
    order = np.argsort(-near.data[row], kind="stable")
    columns: list[int] = near.indices[row][order].tolist()
    return _Row(ids[place], [ids[column] for column in columns], near.data[row][order].tolist(), taken)


def _back(
    ids: Sequence[UUID], near: sp.csc_matrix, touched: NDArray[np.int64], is_new: NDArray[np.bool_]
) -> list[tuple[UUID, UUID, float]]:
    found = []
    for place in touched:
        column = slice(near.indptr[place], near.indptr[place + 1])
        rows, weights = near.indices[column], near.data[column]
        old = ~is_new[rows]
        order = np.argsort(-weights[old], kind="stable")[:BACK_MAX]
        found += [
            (ids[row], ids[place], float(weight))
            for row, weight in zip(rows[old][order].tolist(), weights[old][order].tolist(), strict=True)
        ]
    return found


def _mend(fit_id: UUID, back: Sequence[tuple[UUID, UUID, float]]) -> None:
    """Put new products where they belong in the rows of those that are near to them."""
    wanted: dict[UUID, dict[UUID, float]] = {}
    for product_id, new, weight in back:
        wanted.setdefault(product_id, {})[new] = weight
    with connection.cursor() as cursor:
        cursor.execute(ROWS, (fit_id, list(wanted)))
        mended = []
        for product_id, near, weights in cursor.fetchall():
            merged = dict(zip(near, weights, strict=True)) | wanted[product_id]
            best = sorted(merged.items(), key=lambda item: (-item[1], item[0]))[:KEPT]
            mended.append(([each for each, _ in best], [weight for _, weight in best], fit_id, product_id))
        cursor.executemany(MEND, mended)
