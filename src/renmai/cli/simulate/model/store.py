"""The rows of the house in memory, and the ledger: what a write does to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from renmai.cli.simulate.spec import AGENCY_BPS, BUYERS, CURRENCY, GOODS, SHARER_BPS, SHOPS, START, SUPPLIERS, coupons
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.money.ledger.rules import ESCROW, RETURN_DUE, Move, move_signed
from renmai.money.payments.lane import Locked, NewReturn
from renmai.people.standing.rules import TERMS
from renmai.places.shops.rules import Band
from renmai.trade.checkout.rules import Offer, Place, Receipt
from renmai.trade.parcels.rules import ParcelRow
from renmai.trade.promotions.lane import NewUse
from renmai.trade.promotions.rules import CouponNow
from renmai.trade.referrals.lane import Link, Links
from renmai.trade.refunds.rules import OrderRow, Refunded

FOREVER = timedelta(days=36_500)
ADDRESS = {
    "recipient": "Lin",
    "phone": "000",
    "region": "ZJ",
    "city": "Hangzhou",
    "street": "1",
    "postcode": "",
    "country": "CN",
}


class Broken(Exception):
    """Something that must never be written was."""


@dataclass
class Ledger:
    """Transfers by their effect: balances, what escrow holds of each subject, the keys that moved money."""

    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    escrow: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    keys: set[str] = field(default_factory=set)

    def write(self, moves: Iterable[Move]) -> None:
        """Write moves as the ledger's lane does. Errors: Broken, for what the table would refuse."""
        for given in moves:
            move = move_signed(given)
            if move is None:
                continue
            if move.key in self.keys or move.debit == move.credit:
                raise Broken(f"{move}")
            self.keys.add(move.key)
            self.held[move.debit] -= move.amount_minor
            self.held[move.credit] += move.amount_minor
            if ESCROW in (move.debit, move.credit):
                self.escrow[move.subject_id] += move.amount_minor if move.credit == ESCROW else -move.amount_minor


@dataclass
class Stock:
    """Units of one variant."""

    received: int
    held: int = 0
    sold: int = 0

    @property
    def left(self) -> int:
        """Return what can be promised."""
        return self.received - self.held - self.sold


@dataclass
class Sale:
    """An order with its parcels and the clock of its split."""

    row: OrderRow
    days: dict[UUID, int]
    settle_days: int
    parcels: dict[UUID, ParcelRow] = field(default_factory=dict)
    paid: bool = False
    received_at: datetime | None = None
    settle_at: datetime | None = None
    holds: int = 0
    paused_at: datetime | None = None
    tries: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))

    def receive(self, at: datetime) -> None:
        """Set when it is due."""
        self.received_at = self.received_at or at
        if not self.row.settled:
            self.settle_at = at + timedelta(days=self.settle_days)

    def hold(self, at: datetime) -> None:
        """Stop the clock."""
        if not self.row.settled:
            self.holds, self.paused_at = self.holds + 1, self.paused_at or at

    def release(self, at: datetime) -> None:
        """Let it go on where it stopped, with the last hold."""
        if self.row.settled:
            return
        self.holds = max(0, self.holds - 1)
        if self.holds == 0 and self.paused_at is not None:
            if self.settle_at is not None:
                began = max(self.paused_at, self.settle_at - timedelta(days=self.settle_days))
                self.settle_at += max(timedelta(), at - began)
            self.paused_at = None


@dataclass
class Basket:
    """A checkout with its payments."""

    receipt: Receipt
    place: Place
    sales: list[Sale]
    uses: list[NewUse]
    state: str = "open"
    received_minor: int = 0
    expires_at: datetime | None = None
    payments: list[Locked] = field(default_factory=list)


@dataclass
class Back:
    """A return on its way."""

    id: UUID
    amount_minor: int
    gateway: str
    state: str = "due"


@dataclass
class Paid:
    """A payout."""

    id: UUID
    payee: str
    amount_minor: int
    state: str = "requested"
    round: int = 1


@dataclass
class Store:
    """Everything there is."""

    now: datetime = START
    ledger: Ledger = field(default_factory=Ledger)
    buyers: list[Actor] = field(default_factory=lambda: [Actor(new_id()) for _ in range(BUYERS)])
    addresses: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(BUYERS)])
    suppliers: list[UUID] = field(default_factory=lambda: [new_id() for _ in SUPPLIERS])
    shops: list[UUID] = field(default_factory=lambda: [new_id() for _ in SHOPS])
    goods: list[tuple[UUID, UUID]] = field(default_factory=lambda: [(new_id(), new_id()) for _ in GOODS])
    agency: UUID = field(default_factory=new_id)
    sharer: UUID = field(default_factory=new_id)
    baskets: list[Basket] = field(default_factory=list)
    sales: dict[UUID, Sale] = field(default_factory=dict)
    answered: dict[tuple[UUID, str], tuple[bytes, Receipt]] = field(default_factory=dict)
    refunds: dict[tuple[UUID, str], tuple[bytes, Refunded]] = field(default_factory=dict)
    taken: dict[tuple[str, str], str] = field(default_factory=dict)
    used: dict[tuple[UUID, UUID], set[int]] = field(default_factory=lambda: defaultdict(set))
    backs: list[Back] = field(default_factory=list)
    payouts: list[Paid] = field(default_factory=list)
    cases: list[SimpleNamespace] = field(default_factory=list)
    open_backs_minor: int = 0
    open_payouts_minor: int = 0

    def __post_init__(self) -> None:
        self.stock = {sku: Stock(goods.stock) for (_, sku), goods in zip(self.goods, GOODS, strict=True)}
        self.offers = {ids: self._offer(number) for number, ids in enumerate(self.goods)}
        self.places: dict[UUID, tuple[UUID, dict[str, str]]] = {
            place: (buyer.person_id, ADDRESS)
            for place, buyer in zip(self.addresses, self.buyers, strict=True)
            if buyer.person_id
        }
        self.contracts = {self.shops[0]: (self.agency, AGENCY_BPS, 1)}
        link = Link(new_id(), "sim-link", self.shops[0], "shop", self.sharer, SHARER_BPS)
        self.links = Links({link.token: link})
        rows = coupons(self.suppliers[0], self.shops[0])
        self.coupons = {row["code"]: self._coupon(row) for row in rows}
        self.payees = [f"supplier:{each}" for each in self.suppliers] + [f"creator:{each}" for each in self.shops]
        self.payees += [f"agency:{self.agency}", f"sharer:{self.sharer}"]
        self.owners = {shop: Actor(new_id(), frozenset({Grant("creator", shop)})) for shop in self.shops}
        self.senders = {each: Actor(new_id(), frozenset({Grant("supplier", each)})) for each in self.suppliers}
        self.operator = Actor(new_id(), frozenset({Grant("operator")}), confirmed=True)

    def _offer(self, number: int) -> Offer:
        goods, (pick, sku) = GOODS[number], self.goods[number]
        band = Band(goods.supply_minor, goods.floor_minor, goods.price_minor, 30_000)
        return Offer(
            pick, self.shops[goods.shop], sku, self.suppliers[goods.supplier], True, "margin" if goods.own_minor else "commission",
            goods.commission_bps or 0, goods.own_minor or goods.price_minor, band, CURRENCY, SUPPLIERS[goods.supplier][1], 7,
            goods.handle, goods.handle, new_id(), new_id(), 0,
        )  # fmt: skip

    def _coupon(self, row: dict[str, object]) -> CouponNow:
        names = ("code", "title", "title_zh", "funder", "funder_id", "kind", "amount_minor", "rate_bps", "most_minor")
        defaults = {"title_zh": "", "amount_minor": 0, "rate_bps": 0, "most_minor": None, "threshold_minor": 0}
        values = {**defaults, **row}
        given = {name: values[name] for name in (*names, "threshold_minor", "total_max", "per_buyer_max")}
        return CouponNow(id=new_id(), used=0, starts_at=START, ends_at=START + FOREVER, stopped_at=None, **given)  # type: ignore[arg-type]

    def open_returns(self, returns: Iterable[NewReturn], payments: dict[UUID, Locked]) -> None:
        """Open returns as the lane of payments does: reserved on their payments, and moved to `return_due`."""
        for back in returns:
            kept = Back(new_id(), back.amount_minor, payments[back.payment_id].gateway)
            payments[back.payment_id].returned_minor += back.amount_minor
            self.ledger.write([Move(back.source, RETURN_DUE, back.amount_minor, back.currency, "return", back.subject_id, f"return:{kept.id}", back.at)])  # fmt: skip
            self.backs.append(kept)
            self.open_backs_minor += back.amount_minor


def term(name: str) -> int:
    """Return a term's default, which is in force in this house."""
    return TERMS[name].default
