"""Launches of articles in real invoices: what was known before a day, and who of the known bought what was new after it.

Stands in for "a new product and the creators who will sell it": many customers of this wholesaler are resellers. Kept are
invoices with a customer, of articles (five digits and perhaps a letter), that were not cancelled.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from renmai.matching.engine.content import Catalogue, ProductContent
from renmai.matching.engine.creators import CreatorProfiles, Taken

BUYERS_MIN = 5
WORD = re.compile(r"[a-z0-9]+")
ARTICLE = re.compile(r"\d{5}")


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of an invoice."""

    article: str
    name: str
    at: datetime
    price_minor: int
    customer: str


@dataclass(frozen=True, slots=True)
class Launches:
    """What was known at a moment: `creators` (customers by then); and `goods` launched after it, with their buyers' rows."""

    creators: CreatorProfiles
    goods: Sequence[ProductContent]
    held: Sequence[Sequence[int]]

    @property
    def pairs(self) -> int:
        """Return how many pairs of a new article and a buyer there are to be found."""
        return sum(map(len, self.held))


def find_invoices() -> Path | None:
    """Return the file of invoices, None where this machine has not got it."""
    path = Path(os.environ.get("RENMAI_DATA", "../shared/data")) / "uci-online-retail" / "transactions.csv.gz"
    return path if path.exists() else None


def read_invoices(path: Path) -> list[Bought]:
    """Return the lines that are kept, the oldest first."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        found = [
            Bought(
                row["StockCode"],
                row["Description"],
                datetime.fromisoformat(row["InvoiceDate"]),
                round(float(row["UnitPrice"]) * 100),
                row["CustomerID"],
            )
            for row in csv.DictReader(file)
            if row["CustomerID"] and ARTICLE.match(row["StockCode"]) and _is_sale(row)
        ]
    return sorted(found, key=lambda line: line.at)


def _is_sale(row: dict[str, str]) -> bool:
    return not row["InvoiceNo"].startswith("C") and float(row["Quantity"]) > 0


def launches(
    lines: Sequence[Bought], since: datetime, until: datetime = datetime.max, *, buyers_min: int = BUYERS_MIN
) -> Launches:
    """Return what was known `since`, and what was launched from then to `until` with `buyers_min` buyers of the known.

    Of what came after, only a new article's first name and first price are features: they are known when it is launched.
    """
    past = [line for line in lines if line.at < since]
    later = [line for line in lines if since <= line.at < until]
    customers = {name: row for row, name in enumerate(sorted({line.customer for line in past}))}
    launched = {line.article: line for line in reversed(past)}
    newest = {line.article: line for line in past}
    places = {article: place for place, article in enumerate(sorted(launched))}
    catalogue = Catalogue.of(
        [_content(newest[article], age_days=_days(launched[article].at, since)) for article in places]
    )
    taken = Taken(
        np.asarray([customers[line.customer] for line in past], np.int32),
        np.asarray([places[line.article] for line in past], np.int32),
        np.asarray([_days(line.at, since) for line in past], np.float32),
    )
    first: dict[str, Bought] = {}
    buyers: dict[str, set[int]] = {}
    for line in later:
        if line.article not in places:
            first.setdefault(line.article, line)
            if line.customer in customers:
                buyers.setdefault(line.article, set()).add(customers[line.customer])
    kept = sorted(article for article, who in buyers.items() if len(who) >= buyers_min)
    return Launches(
        CreatorProfiles(catalogue, len(customers), taken, currency="GBP"),
        [_content(first[article]) for article in kept],
        [sorted(buyers[article]) for article in kept],
    )


def _content(line: Bought, age_days: float = 0.0) -> ProductContent:
    words = WORD.findall(line.name.lower())
    return ProductContent(line.article, words, price_minor=line.price_minor, age_days=age_days)


def _days(at: datetime, until: datetime) -> float:
    return (until - at).total_seconds() / 86_400
