"""Make a model out of signals, and compare it with the one that serves on signals that neither has seen. Writes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from renmai.matching.engine.matrices import sums
from renmai.matching.engine.metrics import recalls_ndcgs
from renmai.matching.engine.near import ALPHA, KEPT, SHARPEN, SOURCE, TARGET, best, fit_near
from renmai.matching.fits.artefacts import Artefact
from renmai.matching.fits.reading import Ids, Pairs, coded
from renmai.matching.fits.rows import read_rows
from renmai.matching.fits.rules import FEW, HELD_MAX, RULES_VERSION, TOP, Compared, Figures
from renmai.matching.signals.rules import HALF_LIFE_DAYS, KIND_WEIGHTS, RETENTION_DAYS

BLOCK = 500


@dataclass(frozen=True, slots=True)
class Against:
    """The fit that serves, whose rows a new one is compared with, and up to when it saw signals."""

    fit_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Pairs held out of a fit: the newest of each of some subjects. `rows` are subjects, `things` theirs; `mask` over all pairs."""

    rows: NDArray[np.int32]
    things: NDArray[np.int32]
    mask: NDArray[np.bool_]


def hold_out(pairs: Pairs, until: datetime, *, since: datetime | None) -> Held:
    """Return the newest pair of each subject with two or more, of at most 5,000 subjects that a hash of `until` draws.

    With `since` only pairs that are newer: of others the model that serves has seen what is asked of it.
    """
    taken = np.bincount(pairs.subject, minlength=len(pairs.subjects))
    order = np.lexsort((pairs.thing, pairs.last, pairs.subject))
    newest = order[np.flatnonzero(np.diff(np.append(pairs.subject[order], -1)))]
    fits = taken[pairs.subject[newest]] >= 2
    if since is not None:
        fits &= pairs.last[newest] >= int(since.timestamp() * 1_000_000)
    newest = newest[fits]
    drawn = np.sort(np.argsort(_lots(pairs.subjects[pairs.subject[newest]], until), kind="stable")[:HELD_MAX])
    mask = np.zeros(len(pairs.subject), dtype=bool)
    mask[newest[drawn]] = True
    return Held(pairs.subject[mask], pairs.thing[mask], mask)


def _lots(subjects: Ids, until: datetime) -> NDArray[np.uint64]:
    """Return a number for each subject that nobody can foresee from another `until`."""
    seed = np.frombuffer(hashlib.sha256(until.isoformat().encode()).digest()[:16], dtype="<u8")
    mixed = (subjects[:, 0] ^ seed[0]) * np.uint64(0x9E3779B97F4A7C15) + (subjects[:, 1] ^ seed[1])
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray(mixed ^ (mixed >> np.uint64(27)), dtype=np.uint64)


def compare(pairs: Pairs, until: datetime, against: Against | None) -> tuple[Compared, Figures]:
    """Return how a model without the held-out signals stands to the one that serves (or to popularity), and popularity itself."""
    held = hold_out(pairs, until, since=against.until if against else None)
    matrix = pairs.matrix(~held.mask)
    tastes = matrix[held.rows]
    few = np.diff(tastes.indptr) <= FEW
    popular = _figures(_popular(matrix, tastes), held)
    new = _figures(best(fit_near(matrix), tastes, TOP, block=BLOCK), held)
    base = popular if against is None else _figures(_served(pairs, tastes, against), held)
    every = np.ones(len(few), dtype=bool)
    compared = Compared(_mean(new, every), _mean(base, every), _mean(new, few), _mean(base, few))
    return compared, _mean(popular, every)


def make(name: str, pairs: Pairs, until: datetime) -> Artefact:
    """Return the model of all pairs: of the products in one, the same pairs giving the same bytes."""
    ids, places = coded(pairs.things[pairs.thing])
    matrix = replace(pairs, things=ids, thing=places.astype(np.int32)).matrix()
    parameters = {
        "name": name, "rules_version": RULES_VERSION, "until": until.isoformat(), "kept": KEPT, "alpha": ALPHA,
        "sharpen": SHARPEN, "source": SOURCE, "target": TARGET, "half_life_days": HALF_LIFE_DAYS,
        "retention_days": RETENTION_DAYS, "kind_weights": {str(kind): weight for kind, weight in KIND_WEIGHTS.items()},
        "subjects": len(np.unique(pairs.subject)), "things": len(ids), "signals": pairs.signals,
    }  # fmt: skip
    return Artefact(ids, fit_near(matrix), sums(matrix, 0).astype(np.float32), parameters)


Each = tuple[NDArray[np.float64], NDArray[np.float64]]


def _popular(matrix: sp.csr_matrix, tastes: sp.csr_matrix) -> NDArray[np.int32]:
    """Return, for each taste, the products that most have taken and that are not in it."""
    takers = np.bincount(matrix.indices, minlength=matrix.shape[1])
    ranking = np.argsort(-takers, kind="stable")[: np.count_nonzero(takers)]
    found = np.full((tastes.shape[0], TOP), -1, dtype=np.int32)
    for row in range(tastes.shape[0]):
        own = tastes.indices[tastes.indptr[row] : tastes.indptr[row + 1]]
        most = ranking[: TOP + len(own)]
        others = most[~np.isin(most, own)][:TOP]
        found[row, : len(others)] = others
    return found


def _served(pairs: Pairs, tastes: sp.csr_matrix, against: Against) -> NDArray[np.int32]:
    """Return what the serving model's rows say to each taste: those of its fit, as those added since know what is held out."""
    tasted = pairs.things[np.unique(tastes.indices)]
    return best(read_rows(against.fit_id, tasted, pairs.things), tastes, TOP, block=BLOCK)


def _figures(top: NDArray[np.int32], held: Held) -> Each:
    return recalls_ndcgs(top, [[thing] for thing in held.things.tolist()], TOP)


def _mean(each: Each, chosen: NDArray[np.bool_]) -> Figures:
    people = int(chosen.sum())
    if not people:
        return Figures(0, 0.0, 0.0)
    return Figures(people, float(each[0][chosen].mean()), float(each[1][chosen].mean()))
