"""Credit: the log, a seller's number with what it rests on, and the receipts of one's own facts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Word
from renmai.api.v1.paging import PageQuery, page_json, wide
from renmai.config import config
from renmai.kit.paging import BadCursor, parts_of
from renmai.kit.problems import NotFound
from renmai.trust.facts.listing import NEWEST, ListedFact, list_facts, list_own_facts
from renmai.trust.facts.queries import receipt
from renmai.trust.facts.sellers import Seller, find_seller, list_sellers_of
from renmai.trust.log.queries import log_state
from renmai.trust.log.watched import list_witnesses
from renmai.trust.scores.queries import score_shown

router = Router(tags=["Credit"])
Role = Literal["creator", "supplier"]


class WitnessOfLog(Answer):
    """Who signed along, how large the log was then, and when."""

    name: str = Field(examples=["witness.example/w1"])
    size: int = Field(examples=[1200])
    cosigned_at: datetime


class LogAnswer(Answer):
    """The log: where it is read, by which key it signs, and what was signed last. `root` is base64."""

    address: str = Field(examples=["https://renmai.example/credit/log"])
    origin: str = Field(examples=["renmai.example/credit/log"])
    key: str = Field(examples=["renmai.example/credit/log+7d4e5f00+AbC..."])
    size: int = Field(examples=[1203])
    published_size: int = Field(examples=[1203])
    root: str
    signed_at: datetime
    witnesses: list[WitnessOfLog]


class PartOfScore(Answer):
    """A part of a score (null: nothing is known), its percent of the whole, and the numbers behind it."""

    name: str = Field(examples=["hand_over"])
    value: int | None = Field(examples=[82])
    share: int = Field(examples=[40])
    inputs: dict[str, int] = Field(examples=[{"late_facts": 312, "late_bad": 4}])


class ScoreAnswer(Answer):
    """A score: 0 to 100, 70 being like the market; `growing` while it rests on few facts; `version` is the rule's."""

    version: int = Field(examples=[1])
    on: date
    value: int = Field(examples=[82])
    growing: bool
    parts: list[PartOfScore]


class SellerOfLog(Answer):
    """A seller of the log. The name is empty while they do not sell; `score` is null before the first one."""

    pseudonym: str = Field(examples=["mfrggzdfmztwq2lkmfrggzdfmy"])
    role: Role
    name: str = Field(examples=["Lin Wan"])
    name_zh: str
    handle: str = Field(examples=["linwan"])
    score: ScoreAnswer | None


class PublicFact(Answer):
    """A fact as its leaf says it (docs/facts.md); `weight` is null where no buyer stands behind it."""

    leaf_index: int = Field(examples=[311])
    kind: str = Field(examples=["parcel.handed_over"])
    day: date
    data: dict[str, Any] = Field(examples=[{"in_time": True, "days_late": 0, "days_allowed": 2}])
    weight: int | None = Field(examples=[3])
    category: str = Field(examples=["tea"])


class PublicFacts(Answer):
    """Facts, newest first."""

    items: list[PublicFact]
    next: str | None


class FactsQuery(PageQuery):
    """Which facts."""

    kind: Word | None = Field(None, examples=["parcel.handed_over"])


class OwnFact(PublicFact):
    """A fact to which one is a party, with the order it is about."""

    id: UUID
    order_id: UUID | None


class OwnFacts(Answer):
    """Facts to which one is a party, newest first."""

    items: list[OwnFact]
    next: str | None


class OwnSellers(Answer):
    """What one is in the log: as a creator, and for each supplier."""

    items: list[SellerOfLog]
    next: str | None


@operation(router, "GET", "/credit/log", audience="public", answer=LogAnswer, problems=(NotFound,))
def read_credit_log(request: Call) -> dict[str, Any]:
    """Show how the log stands; its entries are read from its tiles."""
    state = log_state()
    if state is None:
        raise NotFound()
    return {
        "address": f"{config().pages_origin}/credit/log", "origin": state.origin, "key": state.vkey, "size": state.size,
        "published_size": state.published_size, "root": base64.b64encode(state.root).decode(), "signed_at": state.signed_at,
        "witnesses": [{"name": name, "size": size, "cosigned_at": at} for name, size, at in list_witnesses()],
    }  # fmt: skip


@operation(router, "GET", "/credit/sellers/{pseudonym}", audience="public", answer=SellerOfLog, problems=(NotFound,))
def read_credit_of(request: Call, pseudonym: str) -> dict[str, Any]:
    """Show a seller's score with its parts and the numbers behind them."""
    return _seller(find_seller(pseudonym))


@operation(
    router, "GET", "/credit/sellers/{pseudonym}/facts", audience="public", answer=PublicFacts,
    problems=(NotFound, BadCursor),
)  # fmt: skip
def list_facts_of_seller(request: Call, pseudonym: str, query: Query[FactsQuery]) -> dict[str, Any]:
    """List the facts of a seller, of one kind or all."""
    seller, before = find_seller(pseudonym), _leaf(query.after)
    rows = list_facts(seller.id, kind=query.kind or "", before=before, limit=wide(query.limit))
    return page_json(rows, query.limit, _place, lambda row: shown(PublicFact, row))


@operation(router, "GET", "/credit/own", audience="person", answer=OwnSellers)
def list_own_credit(request: Call) -> dict[str, Any]:
    """List what one is in the log, with the scores."""
    return {"items": [_seller(seller) for seller in list_sellers_of(request.actor)], "next": None}


@operation(router, "GET", "/credit/receipts", audience="person", answer=OwnFacts, problems=(BadCursor,))
def list_credit_receipts(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List the facts to which one is a party, as buyer or as seller: of each a receipt can be taken."""
    rows = list_own_facts(request.actor, before=_leaf(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, _place, lambda row: shown(OwnFact, row))


@operation(router, "GET", "/credit/receipts/{uuid:fact_id}", audience="person", answer=None, problems=(NotFound,))
def download_credit_receipt(request: Call, fact_id: UUID) -> HttpResponse:
    """Download the receipt of a fact: its leaf, the proof that it is in the log, and what it is about."""
    answer = HttpResponse(receipt(request.actor, fact_id), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{fact_id.hex[-12:]}.json"'
    return answer


def _leaf(cursor: str | None) -> int:
    parts = parts_of(cursor, 1)
    if not parts:
        return NEWEST
    if not parts[0].isdecimal() or len(parts[0]) > 18:
        raise BadCursor()
    return int(parts[0])


def _place(fact: ListedFact) -> tuple[int]:
    return (fact.leaf_index,)


def _seller(seller: Seller) -> dict[str, Any]:
    kept = score_shown(seller.id)
    named: Mapping[str, Any] = {
        name: getattr(seller, name) for name in ("pseudonym", "role", "name", "name_zh", "handle")
    }
    return {**named, "score": shown(ScoreAnswer, kept.score) if kept else None}
