"""The rankers of each list, by the names under which operators choose and compare them (`shown/ranking.py`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from renmai.matching.feed.goods import rank_goods
from renmai.matching.feed.people import newest_followed, rank_people
from renmai.matching.feed.rules import Reason
from renmai.matching.shown.ranking import RANKERS

Ranker: TypeAlias = Callable[..., list[tuple[UUID, Reason]]]


def _fit(viewer_id: UUID, *, now: datetime) -> list[tuple[UUID, Reason]]:
    return rank_goods(viewer_id, now=now, by_fit=True)


def _quality(viewer_id: UUID, *, now: datetime) -> list[tuple[UUID, Reason]]:
    return rank_goods(viewer_id, now=now, by_fit=False)


# (list, ranker) -> who orders. Each is given the viewer and `now`, and returns things with their reasons, best first.
ORDERS: Mapping[tuple[str, str], Ranker] = {
    ("home", "people"): rank_people,
    ("home", "newest"): newest_followed,
    ("centre", "fit"): _fit,
    ("centre", "quality"): _quality,
}
# What orders a list for who is without profile: it reads nothing that is known of them.
WITHOUT_PROFILE: Mapping[str, str] = {"home": "newest", "centre": "quality"}
assert set(ORDERS) == {(name, ranker) for name, rankers in RANKERS.items() for ranker in rankers}
