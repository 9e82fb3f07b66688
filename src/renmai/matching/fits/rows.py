"""The rows a model serves from: written and deleted in batches, each its own short transaction; read as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import numpy as np
import scipy.sparse as sp
from django.db import connection, transaction
from numpy.typing import NDArray

from renmai.matching.fits.artefacts import Artefact
from renmai.matching.fits.models import ModelName
from renmai.matching.fits.reading import Ids, uuids

BATCH = 1_000
DELETE_BATCHES = 10

COPY = "copy matching_near (fit_id, product_id, near, weights, taken, added) from stdin"
DELETE = "delete from matching_near where id = any(array(select id from matching_near where fit_id = %s limit %s))"
# An array as it is sent in binary: a header, then length and value of each element.
READ = """
select product_id, array_send(near), array_send(weights) from matching_near where fit_id = %s and product_id = any(%s) and not added
"""
ADDED = "select product_id from matching_near where fit_id = %s and added"
ARRAY_HEADER = 20
IDS = np.dtype([("size", ">i4"), ("id", ">u8", 2)])
WEIGHTS = np.dtype([("size", ">i4"), ("weight", ">f8")])
# Of each name the one that serves and the one that served last before it keep their rows; what is being written does as well.
PUT_AWAY = """
select f.id from matching_fit f
where f.rows <> 0 and f.state <> 'serving' and (f.state <> 'retired' or exists (
  select from matching_fit g where g.name = f.name and g.state = 'retired' and g.served_at > f.served_at))
  and not (f.state = 'fitted' and exists (select from matching_fitrun r where r.fit_id = f.id and r.state = 'running'))
order by f.id limit %s
"""


def write_rows(fit_id: UUID, artefact: Artefact, tell: Callable[[int, int], None]) -> int:
    """Write a model's rows under a fit that does not serve yet; return how many. `tell` is told how many of how many are done."""
    names = [each.hex for each in uuids(artefact.things)]
    near, written = artefact.near, 0
    places = np.flatnonzero(np.diff(near.indptr))
    for start in range(0, len(places), BATCH):
        some = places[start : start + BATCH]
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.write("".join(_lines(fit_id, artefact, names, some)))
        written += len(some)
        tell(written, len(places))
    return written


def _lines(fit_id: UUID, artefact: Artefact, names: Sequence[str], places: NDArray[np.intp]) -> Iterator[str]:
    near = artefact.near
    for place in places:
        row = slice(near.indptr[place], near.indptr[place + 1])
        order = np.argsort(-near.data[row], kind="stable")
        columns = ",".join([names[column] for column in near.indices[row][order].tolist()])
        weights = ",".join(map(repr, near.data[row][order].tolist()))
        yield f"{fit_id.hex}\t{names[place]}\t{{{columns}}}\t{{{weights}}}\t{float(artefact.taken[place])!r}\tf\n"


def read_rows(fit_id: UUID, products: Ids, things: Ids) -> sp.csr_matrix:
    """Return the rows of `products` as they serve, as a matrix over `things` (ascending); what is not among them is left out.

    Row n is of things[n]; only the rows of `products` are filled. What was added since the fit is not read: it knows what was
    done since.
    """
    place_of = {each.bytes: place for place, each in enumerate(uuids(things))}
    with connection.cursor() as cursor:
        cursor.execute(ADDED, (fit_id,))
        for (product_id,) in cursor.fetchall():
            place_of.pop(product_id.bytes, None)
    rows, columns, values = [], [], []
    wanted = uuids(products)
    for start in range(0, len(wanted), BATCH):
        with connection.cursor() as cursor:
            cursor.execute(READ, (fit_id, wanted[start : start + BATCH]))
            for product_id, near, weights in cursor.fetchall():
                if len(near) < ARRAY_HEADER:  # an empty array has a shorter header
                    continue
                ids = np.frombuffer(bytes(near), IDS, offset=ARRAY_HEADER)["id"].tobytes()
                found = [place_of.get(ids[at : at + 16], -1) for at in range(0, len(ids), 16)]
                columns.append(np.array(found, dtype=np.int64))
                values.append(np.frombuffer(bytes(weights), WEIGHTS, offset=ARRAY_HEADER)["weight"].astype(np.float32))
                rows.append(np.full(len(found), place_of[product_id.bytes]))
    shape = (len(things), len(things))
    if not rows:
        return sp.csr_matrix(shape, dtype=np.float32)
    row, column, value = np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
    known = column >= 0
    return sp.csr_matrix((value[known], (row[known], column[known])), shape=shape)


def delete_rows(fit_id: UUID, *, batches: int = DELETE_BATCHES) -> bool:
    """Delete a fit's rows, a batch in each transaction; return whether none is left. From the first one on it has no rows to serve."""
    with connection.cursor() as cursor:
        cursor.execute("update matching_fit set rows = -1 where id = %s", (fit_id,))
    for _ in range(batches):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(DELETE, (fit_id, BATCH))
            if cursor.rowcount < BATCH:
                cursor.execute("update matching_fit set rows = 0, added = 0 where id = %s", (fit_id,))
                return True
    return False


def list_to_put_away() -> list[UUID]:
    """Return some fits whose rows nobody needs any more."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_AWAY, (len(ModelName),))
        return [fit_id for (fit_id,) in cursor.fetchall()]
