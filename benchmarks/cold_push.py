"""`cold_push`: an article that nobody has sold, to the customers who will buy it, out of its name and price alone.

Weights were chosen on the first date only; the second repeats them. Beside the engine stand the plain scores of the same
evaluation. See benchmarks/launches.py for what is in it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from statistics import median

import numpy as np

from benchmarks.forecasts import auc
from benchmarks.house import report
from benchmarks.launches import Bought, Launches, find_invoices, launches, read_invoices
from benchmarks.learning import Launch, learn
from renmai.matching.engine.because import reasons_of
from renmai.matching.engine.cold import FEATURES, WEIGHTS, ColdWeights, features, parts_of
from renmai.matching.engine.content import Floats, ProductContent
from renmai.matching.engine.creators import CreatorProfiles
from renmai.matching.engine.metrics import recall_ndcg

CHOSEN_ON, REPEATED_ON = datetime(2011, 3, 1), datetime(2011, 4, 1)
# Weights are learnt on what was launched after these days and before CHOSEN_ON, with so many buyers by then.
LEARNT_SINCE = (datetime(2011, 1, 5), datetime(2011, 1, 12), datetime(2011, 1, 26), datetime(2011, 2, 9))
LEARNT_BUYERS_MIN = 3
# Of so many it is said why, as of those who are told of a new product.
TOLD = 100
Figures = tuple[float, float, float]
# What the same evaluation gave for the best plain scores: recall at 50, NDCG at 20, area under the curve.
BARS: dict[datetime, Figures] = {CHOSEN_ON: (0.2060, 0.2052, 0.756), REPEATED_ON: (0.1972, 0.2132, 0.782)}


def figures(scores: Floats, held: Sequence[Sequence[int]]) -> Figures:
    """Return recall at 50, NDCG at 20 and area under the curve (ties: half), means over articles (rows of `scores`)."""
    top = np.argsort(-scores, axis=1, kind="stable")[:, :50]
    areas = []
    for row, buyers in zip(scores, held, strict=True):
        bought = np.zeros(len(row), bool)
        bought[list(buyers)] = True
        areas.append(auc(bought.tolist(), row.tolist()))
    return recall_ndcg(top, held, 50)[0], recall_ndcg(top, held, 20)[1], float(np.mean(areas))


def plain_scores(known: Launches) -> dict[str, Floats]:
    """Return articles x customers by plain score: by lot, by how much each has bought, by the nearest names."""
    creators, count = known.creators, len(known.goods)
    nearest = creators.catalogue.near(known.goods, 50)
    return {
        "random": np.random.default_rng(1).random((count, creators.count), np.float32),
        "most articles bought": np.tile(creators.activity, (count, 1)),
        "names, 50 nearest": (nearest @ creators.has.T).toarray(),
    }


def engine_scores(known: Launches, weights: ColdWeights = WEIGHTS) -> Floats:
    """Return articles x customers by the engine."""
    near = known.creators.catalogue.near(known.goods)
    scores: Floats = parts_of(features(known.goods, known.creators, near=near), weights).sum(axis=2)
    return scores


def tell(product: ProductContent, creators: CreatorProfiles) -> None:
    """Do what a push of a product does in the engine: everybody's score, and the reasons of the first `TOLD`."""
    near = creators.catalogue.near([product])
    parts = parts_of(features([product], creators, near=near)[0])
    for row in np.argsort(-parts.sum(axis=1), kind="stable")[:TOLD]:
        reasons_of(product, int(row), creators, near, dict(zip(FEATURES, parts[row], strict=True)))


def learnt(lines: Sequence[Bought]) -> ColdWeights:
    """Return what the weights are learnt to be on the launches before `CHOSEN_ON`."""
    past = []
    for since in LEARNT_SINCE:
        known = launches(lines, since, CHOSEN_ON, buyers_min=LEARNT_BUYERS_MIN)
        told = features(known.goods, known.creators, near=known.creators.catalogue.near(known.goods))
        past += [Launch(each, held) for each, held in zip(told, known.held, strict=True)]
    return learn(past)


def cold_push(seconds: float) -> None:
    """Report the engine's recall at 50 against the nearest names', on both dates; skipped without the data."""
    path = find_invoices()
    if path is None:
        print("cold_push: RENMAI_DATA has no uci-online-retail", file=sys.stderr)
        return
    lines = read_invoices(path)
    for since, bar in BARS.items():
        known = launches(lines, since)
        ours = figures(engine_scores(known), known.held)
        plain = {name: figures(scores, known.held) for name, scores in plain_scores(known).items()}
        taken = []
        for product in known.goods[:20]:
            began = time.perf_counter()
            tell(product, known.creators)
            taken.append(time.perf_counter() - began)
        report(
            name=f"cold_push {since:%Y-%m-%d}",
            value=round(ours[0], 4),
            unit="recall at 50",
            baseline="names, 50 nearest",
            baseline_value=round(plain["names, 50 nearest"][0], 4),
            figures=[round(value, 4) for value in ours],
            bar=bar,
            table={name: [round(value, 4) for value in row] for name, row in plain.items()},
            articles=len(known.goods),
            customers=known.creators.count,
            pairs=known.pairs,
            median_ms=round(median(taken) * 1000, 1),
        )
