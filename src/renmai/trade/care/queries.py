"""Read cases, through the actor: the buyer's, the shop's, the supplier's, or all for operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renmai.goods.products.models import Sku
from renmai.kit.access import Actor
from renmai.kit.media.models import Media
from renmai.kit.paging import Page
from renmai.places.shops.models import Shop
from renmai.trade.care.models import Case
from renmai.trade.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class EventOpen:
    """An answer that the actor may give now: what it needs (words, amount, bearer, parcel, evidence) and the most in
    minor units of an amount."""

    event: str
    needs: frozenset[str]
    most_minor: int | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """One step: `side` is buyer, creator, supplier, platform or house (time); `state` is where it led."""

    id: UUID
    side: str
    event: str
    state: str
    words: str
    amount_minor: int | None
    bearer: str
    media: tuple[Media, ...]
    own: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one actor may see it, as `role` (buyer, creator, supplier, operator).

    `refunded_minor` is what its refund gave back, freight included; None while there is none. `cover_id` is the
    product's picture. `entries` are oldest first.
    """

    case: Case
    role: str
    order: Order
    shop: Shop
    supplier_name: str
    line: OrderLine
    sku: Sku | None
    cover_id: UUID | None
    remedy: str
    refunded_minor: int | None
    left_minor: int
    entries: tuple[EntryView, ...]
    events_open: tuple[EventOpen, ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list."""

    case: Case
    order: Order
    line: OrderLine
    shop: Shop
    cover_id: UUID | None
    your_turn: bool


@dataclass(frozen=True, slots=True)
class Askable:
    """What one reason may ask for, and until when (None: receipt has not started its days)."""

    reason: str
    kinds: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class LineCare:
    """A line of goods: what can be asked for it now (nothing: `why_not` says why), and its cases, newest first.

    `most_minor` is the most for all `units`; for fewer: `rules.most_minor`, or leave the amount out.
    """

    line: OrderLine
    units: int
    most_minor: int
    tries_left: int
    asks: tuple[Askable, ...]
    why_not: str
    cases: tuple[Case, ...]


def access_case(actor: Actor, case_id: UUID, role: str | None = None) -> CaseView:
    """Return a case the actor may see, as the first of operator, buyer, creator, supplier that the actor is of it
    (or as `role`). Errors: NotFound, SignInNeeded.
    """
    raise NotImplementedError


def list_cases(
    actor: Actor,
    *,
    role: str,
    subject_id: UUID | None = None,
    state: str | None = None,
    open_only: bool = False,
    after: str | None = None,
    limit: int | None = None,
) -> Page[CaseRow]:
    """Return cases newest first, as buyer (one's own), creator or supplier (of `subject_id`) or operator (all).

    Errors: NotFound, Forbidden, SignInNeeded, BadCursor.
    """
    raise NotImplementedError


def may_open(actor: Actor, order_id: UUID, now: datetime) -> list[LineCare]:
    """Return the lines of goods of an order of the actor's (its buyer), with what can be asked for each now.

    Errors: NotFound, SignInNeeded.
    """
    raise NotImplementedError


def may_read_case_media(actor: Actor, media: Media) -> bool:
    """Return whether a picture or file is evidence in a case that the actor is a side of, or decides (operators)."""
    raise NotImplementedError
