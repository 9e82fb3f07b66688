"""Olist's real orders as parcels that were handed over, and as the facts that a house would have written of them.

A parcel is an order that reached a carrier; its seller, category and limit are those of its first item. The facts are in
the shape of the credit log's leaves, as far as a score reads them.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from renmai.trust.facts.weights import BuyerSignals, weight_bucket

UNBIASED = ("random4000", "y2017_10k")
DAYS_LATE_MAX = 30


@dataclass(frozen=True, slots=True)
class Parcel:
    """A real parcel. `weight` is its buyer's bucket when it was bought; `is_unbiased`: of a sample drawn at random."""

    order: str
    buyer: str
    seller: str
    category: str
    price_minor: int
    bought_at: datetime
    handed_over_at: datetime
    due_at: datetime
    is_unbiased: bool
    stars: int | None
    weight: int

    @property
    def is_late(self) -> bool:
        """Whether it was handed over after its limit."""
        return self.handed_over_at > self.due_at

    def facts(self) -> list[dict[str, Any]]:
        """Return the facts of it: handed over, and reviewed if it was."""
        behind = {"buyer": self.buyer, "weight": self.weight, "weight_rule": 1}
        named = {"v": 1, "subject": self.seller, "category": self.category, **behind}
        late = min(max((self.handed_over_at.date() - self.due_at.date()).days, int(self.is_late)), DAYS_LATE_MAX)
        allowed = max((self.due_at.date() - self.bought_at.date()).days, 0)
        data = {"in_time": not self.is_late, "days_late": late if self.is_late else 0, "days_allowed": allowed}
        day = self.handed_over_at.date().isoformat()
        found = [named | {"kind": "parcel.handed_over", "day": day, "data": data}]
        if self.stars is not None:
            found.append(named | {"kind": "review.verified", "day": day, "data": {"score": self.stars}})
        return found


def read_parcels(folder: Path) -> list[Parcel]:
    """Return every parcel of Olist's tables in `folder`, by the time it was bought."""
    items = _first_items(folder)
    categories = {row["product_id"]: row["product_category_name"] for row in _rows(folder, "products")}
    people = {row["customer_id"]: row["customer_unique_id"] for row in _rows(folder, "customers")}
    stars = {row["order_id"]: int(row["review_score"]) for row in _rows(folder, "order_reviews")}
    orders = [row for row in _rows(folder, "orders") if row["order_id"] in items]
    orders.sort(key=lambda row: (row["order_purchase_timestamp"], row["order_id"]))
    weights = _weights((row["order_purchase_timestamp"], people[row["customer_id"]], items[row["order_id"]]["seller_id"])
                       for row in orders)  # fmt: skip
    return [
        _parcel(row, items[row["order_id"]], categories, people[row["customer_id"]], stars, weight)
        for row, weight in zip(orders, weights, strict=True)
        if row["order_delivered_carrier_date"]
    ]


def _parcel(
    row: dict[str, str],
    item: dict[str, str],
    categories: dict[str, str],
    buyer: str,
    stars: dict[str, int],
    weight: int,
) -> Parcel:
    return Parcel(
        order=row["order_id"],
        buyer=buyer,
        seller=item["seller_id"],
        category=categories.get(item["product_id"]) or "none",
        price_minor=round(float(item["price"]) * 100),
        bought_at=datetime.fromisoformat(row["order_purchase_timestamp"]),
        handed_over_at=datetime.fromisoformat(row["order_delivered_carrier_date"]),
        due_at=datetime.fromisoformat(item["shipping_limit_date"]),
        is_unbiased=any(name in row["sample"] for name in UNBIASED),
        stars=stars.get(row["order_id"]),
        weight=weight,
    )


def _weights(bought: Iterable[tuple[str, str, str]]) -> Iterator[int]:
    """Give each order its buyer's bucket, out of what the tables know of the buyer until then."""
    since: dict[str, datetime] = {}
    sellers: dict[str, set[str]] = defaultdict(set)
    for at, buyer, seller in bought:
        day = datetime.fromisoformat(at)
        days = (day - since.setdefault(buyer, day)).days
        others = len(sellers[buyer] - {seller})
        yield weight_bucket(BuyerSignals(paid=True, account_days=days, other_sellers=others))
        sellers[buyer].add(seller)


def _first_items(folder: Path) -> dict[str, dict[str, str]]:
    first: dict[str, dict[str, str]] = {}
    for row in _rows(folder, "order_items"):
        known = first.get(row["order_id"])
        if known is None or int(row["order_item_id"]) < int(known["order_item_id"]):
            first[row["order_id"]] = row
    return first


def _rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    with gzip.open(folder / f"{table}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
