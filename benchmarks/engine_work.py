"""What the benchmarks of the engine run in a process of their own: `python -m benchmarks.engine_work TASK ...`."""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from renmai.matching.engine import near as near_things
from renmai.matching.engine.friends import friends_scores, friends_weight, to_one
from renmai.matching.engine.intervals import bootstrap
from renmai.matching.engine.matrices import matrix_of
from renmai.matching.engine.metrics import coverage, recall_ndcg, recalls_ndcgs
from renmai.matching.engine.near import best, best_rows, fit_near

FOLDS = 5
KNOWN = (1, 3, 10, 20)  # plays of a person that are known
TAKEN_A_PERSON = 20


def peak_mb() -> int:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def matrix_from(pairs: NDArray[np.int64], shape: tuple[int, int]) -> sp.csr_matrix:
    """Return the matrix of pairs (row, column), each weighing 1."""
    columns = pairs.astype(np.int32)
    return matrix_of(columns[:, 0], columns[:, 1], np.ones(len(pairs), np.float32), shape)


def read_lines(file: Path) -> NDArray[np.int64]:
    """Return the pairs of a file in LightGCN's form, a person and their things on each line."""
    with gzip.open(file, "rt") as lines:
        rows = [line.split() for line in lines]
    return np.array([(int(row[0]), int(thing)) for row in rows for thing in row[1:]])


def read_table(file: Path) -> NDArray[np.int64]:
    """Return the first two columns of a table without a header."""
    with gzip.open(file, "rt") as lines:
        return np.array([[int(cell) for cell in line.split("\t")[:2]] for line in lines])


def measured(top: NDArray[np.int32], held: sp.csr_matrix) -> dict[str, Any]:
    """Return both measures and the 95 % intervals of their means over people."""
    recalls, gains = recalls_ndcgs(top, held)
    recall, ndcg = recall_ndcg(top, held)
    intervals = [bootstrap(each, rounds=200) for each in (recalls, gains)]
    return {
        "recall_20": round(recall, 4),
        "ndcg_20": round(ndcg, 4),
        "interval_95": [[round(each.low, 4), round(each.high, 4)] for each in intervals],
    }


def gowalla(folder: Path) -> dict[str, Any]:
    """Fit on the training half, score everyone, compare with what was held back."""
    shape = (29_858, 40_981)
    train, held = (matrix_from(read_lines(folder / f"{name}.txt.gz"), shape) for name in ("train", "test"))
    began = time.perf_counter()
    near = fit_near(train)
    fitted = time.perf_counter()
    top = best(near, train, 20)
    scored = time.perf_counter()
    peak = peak_mb()
    return {
        **measured(top, held),
        "fit_seconds": round(fitted - began, 1),
        "score_seconds": round(scored - fitted, 1),
        "pairs": near.nnz,
        "coverage": round(coverage(top, shape[1]), 3),
        "peak_mb": peak,
    }


def choosing(folder: Path) -> dict[str, Any]:
    """Try settings of the exponents: the best on half of the people, measured on the other half, and the other way round."""
    shape = (29_858, 40_981)
    train, held = (matrix_from(read_lines(folder / f"{name}.txt.gz"), shape) for name in ("train", "test"))
    halves = [np.arange(first, shape[0], 2) for first in (0, 1)]
    tried: dict[tuple[float, float, float], list[tuple[float, float]]] = {}
    for setting in product((1.0, 1.1, 1.2), (0.6, 0.75, 0.9), (0.1, 0.2, 0.3)):
        near_things.SHARPEN, near_things.SOURCE, near_things.TARGET = setting
        top = best(fit_near(train), train, 20)
        tried[setting] = [recall_ndcg(top[half], held[half]) for half in halves]
    chosen = [max(tried, key=lambda setting, at=at: sum(tried[setting][at])) for at in (0, 1)]  # type: ignore[misc]
    others = [tried[setting][1 - at] for at, setting in enumerate(chosen)]
    return {"chosen": chosen, "others": others, "mean": np.mean(others, axis=0).round(4).tolist()}


def lastfm(folder: Path) -> dict[str, Any]:
    """Score people by what they played; and, as if less of it were known, by it and by what those whom they follow played."""
    people, things = 1893, 4490
    tables = {name: read_table(folder / f"lightgcn_{name}.tsv.gz") for name in ("train", "test", "social")}
    train, held = (matrix_from(tables[name], (people, things)) for name in ("train", "test"))
    follows = matrix_from(tables["social"], (people, people))
    found = {"warm": measured(best(fit_near(train), train, 20), held)}
    # The weight of friends was chosen on the people of even numbers, and is reported on the others.
    others = np.arange(1, people, 2)
    for known in (0, *KNOWN):
        own, both = lists_of(train, follows, known)
        if known:
            row = measured(both[others], held[others])
            recall, ndcg = recall_ndcg(own[others], held[others])
            found[f"knows_{known}"] = {**row, "own_recall_20": round(recall, 4), "own_ndcg_20": round(ndcg, 4)}
        else:
            found["cold"] = measured(both, held)
    return found


def lists_of(train: sp.csr_matrix, follows: sp.csr_matrix, known: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return twenty things for each person of whom only `known` plays are known: out of these alone, and with friends.

    What is near is fitted without them, as nothing else of them would be known. What they did play cannot be among what is
    held back, so it takes no place here, as it takes none for the others.
    """
    people = train.shape[0]
    chance = np.random.default_rng(7)
    own, both = (np.full((people, 20), -1, dtype=np.int32) for _ in range(2))
    for fold in range(FOLDS):
        some = np.arange(fold, people, FOLDS)
        fitted = np.ones(people, dtype=np.float32)
        fitted[some] = 0
        near = fit_near((sp.diags(fitted) @ train).tocsr())
        kept = [chance.permutation(train[person].indices)[:known] for person in some]
        rows = np.repeat(np.arange(len(some)), [len(each) for each in kept])
        ones = np.ones(len(rows), np.float32)
        tastes = sp.csr_matrix((ones, (rows, np.concatenate(kept))), shape=(len(some), train.shape[1]))
        by_own = (2 * to_one((tastes @ near).tocsr())).tocsr()
        by_friends = friends_weight(known) * friends_scores(follows, train, some, near)
        own[some] = best_rows(by_own, train[some], 20)
        both[some] = best_rows((by_own + by_friends).tocsr(), train[some], 20)
    return own, both


def world(size: int, seed: int = 1) -> sp.csr_matrix:
    """Return a market of as many people as things: a few things are taken by very many, a few people take very much."""
    chance = np.random.default_rng(seed)
    liked = np.arange(1, size + 1) ** -0.8
    lengths = np.minimum(chance.lognormal(np.log(TAKEN_A_PERSON) - 0.5, 1, size).astype(np.int64) + 1, size)
    things = chance.choice(size, int(lengths.sum()), p=liked / liked.sum())
    found = matrix_from(np.column_stack([np.repeat(np.arange(size), lengths), things]), (size, size))
    found.data[:] = 1
    return found


def growth(size: int) -> dict[str, Any]:
    """Fit a world of `size` people and things."""
    matrix = world(size)
    began = time.perf_counter()
    near = fit_near(matrix)
    seconds = round(time.perf_counter() - began, 1)
    return {"size": size, "taken": matrix.nnz, "fit_seconds": seconds, "pairs": near.nnz, "peak_mb": peak_mb()}


def main(task: str, given: str) -> None:
    """Run a task and print what it found as one line of JSON."""
    tasks = {"gowalla": gowalla, "choosing": choosing, "lastfm": lastfm}
    found = growth(int(given)) if task == "growth" else tasks[task](Path(given))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
