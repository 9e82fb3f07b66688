"""Whom an order credits: which click counts, and why the others do not; and what may be given to who shares.

Two families (FIELD.md 3.3). *Last click*: the newest click inside its window. There are four windows: a click on goods or on
content counts so many days, and from an order that it brought so many more. *Binding*: a customer belongs to the first sharer
whose link they followed, for so many days; before that nobody takes them over, afterwards the next click binds anew.

One level: the person whose link it was, and nobody for having brought that person in (FIELD.md 3.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.kit.problems import DomainError
from renmai.people.standing.rules import Rows, in_force

SHARER_BPS_MAX = 9_000
CONSIDERED_MAX = 20
# Goods followed out of a post, by its own link: a few newest of a browser, beside those above.
PLACED, PLACED_MAX = "placed", 5

PRODUCT, CONTENT = "product", "content"
# What a link is to, and which kind of click following it is.
CLICK_KINDS: Mapping[str, str] = {"shop": CONTENT, "pick": PRODUCT, "post": CONTENT, "show": CONTENT}

LAST_CLICK, BINDING = "last_click", "binding"
# A rule that decides otherwise than before gets the next version; what was decided keeps its own.
VERSIONS: Mapping[str, int] = {LAST_CLICK: 2, BINDING: 1}

CREDITED = "credited"
NEWER = "newer_click"
LAPSED = "lapsed"
NOT_YET = "not_yet"
OWN = "own_order"
OWNER = "shop_owner"
PAYS_NOTHING = "pays_nothing"
CLOSED = "account_closed"
LOCKED = "locked"
SAME_SHARER = "same_sharer"
VERDICTS = (CREDITED, NEWER, LAPSED, NOT_YET, OWN, OWNER, PAYS_NOTHING, CLOSED, LOCKED, SAME_SHARER)


class SharerOutOfRange(DomainError):
    """More than may be given of the creator's part."""

    code = "sharing.share"
    status = 422
    message = "A sharer can be given at most {most_bps} of your part."


def check_sharer(sharer_bps: int) -> None:
    """Refuse a share outside its limits. Errors: SharerOutOfRange."""
    if not 0 <= sharer_bps <= SHARER_BPS_MAX:
        raise SharerOutOfRange(most_bps=SHARER_BPS_MAX)


@dataclass(frozen=True, slots=True)
class Windows:
    """For how many days a click counts, by kind; and from the last paid order that it brought."""

    product_days: int = 5
    product_order_days: int = 20
    content_days: int = 10
    content_order_days: int = 35

    def of(self, kind: str) -> tuple[timedelta, timedelta]:
        """Return (from the click, from an order) for a kind of click."""
        if kind == PRODUCT:
            return timedelta(days=self.product_days), timedelta(days=self.product_order_days)
        return timedelta(days=self.content_days), timedelta(days=self.content_order_days)


@dataclass(frozen=True, slots=True)
class ShareRule:
    """How a shop decides: the windows, whether customers are bound, and whether one's own order may pay oneself."""

    windows: Windows = Windows()
    binding: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Click:
    """A click on a link of the shop. `ordered_at`: when the last paid order that it was credited with was placed;
    `closed`: the sharer's account is closed by now."""

    link_id: UUID
    sharer_id: UUID
    kind: str
    at: datetime
    ordered_at: datetime | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A customer's binding in the shop: to whom, by which link, from when until (then it is over); `closed` as of a click."""

    link_id: UUID
    sharer_id: UUID
    at: datetime
    until: datetime
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """An order that is being placed, and all that may be looked at to say whom it credits."""

    buyer_id: UUID
    owner_id: UUID
    at: datetime
    sharer_bps: int
    rule: ShareRule
    clicks: tuple[Click, ...] = ()
    bound: Bound | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Whom an order credits (`link_id` None: nobody), by which rule; `verdicts` go with the clicks, in their order."""

    rule: str
    version: int
    link_id: UUID | None
    sharer_id: UUID | None
    clicked_at: datetime | None
    verdicts: tuple[str, ...]
    bound: str = ""


def share_rule(terms: Rows, shop_id: UUID) -> ShareRule:
    """Return how a shop decides: its own terms, else the platform's, else the defaults."""

    def term(name: str) -> int:
        return in_force(terms, f"share_{name}", shop_id)

    windows = Windows(
        term("product_days"), term("product_order_days"), term("content_days"), term("content_order_days")
    )
    return ShareRule(windows, term("binding") == 1, term("own") == 1)


def attribute(asked: Asked) -> Decision:
    """Decide whom an order credits."""
    faults = [_barred(asked, click) or _untimely(asked, click) for click in asked.clicks]
    if asked.rule.binding and asked.bound is not None:
        bound = _barred(asked, asked.bound) or _bound_at(asked.bound, asked.at)
        if not bound:
            return _by_binding(asked.bound, asked.clicks, faults)
        return _by_click(asked.clicks, faults, bound)
    return _by_click(asked.clicks, faults, "")


def _barred(asked: Asked, by: Click | Bound) -> str:
    """Return why the sharer cannot be paid for this order at all, or nothing."""
    if by.sharer_id == asked.owner_id:
        return OWNER
    if by.sharer_id == asked.buyer_id and not asked.rule.own:
        return OWN
    if by.closed:
        return CLOSED
    return "" if asked.sharer_bps > 0 else PAYS_NOTHING


def _untimely(asked: Asked, click: Click) -> str:
    if click.at > asked.at:
        return NOT_YET
    by_click, by_order = asked.rule.windows.of(click.kind)
    if asked.at - click.at <= by_click:
        return ""
    ordered_at = click.ordered_at
    return "" if ordered_at is not None and ordered_at <= asked.at <= ordered_at + by_order else LAPSED


def _bound_at(bound: Bound, at: datetime) -> str:
    return NOT_YET if bound.at > at else LAPSED if at >= bound.until else ""


def _by_binding(bound: Bound, clicks: Sequence[Click], faults: Sequence[str]) -> Decision:
    verdicts = (
        fault or (SAME_SHARER if click.sharer_id == bound.sharer_id else LOCKED)
        for click, fault in zip(clicks, faults, strict=True)
    )
    return Decision(
        BINDING, VERSIONS[BINDING], bound.link_id, bound.sharer_id, bound.at, tuple(verdicts), bound=CREDITED
    )


def _by_click(clicks: Sequence[Click], faults: Sequence[str], bound: str) -> Decision:
    """The newest of those without fault; of two at one moment that with the higher link id, so that order says nothing."""
    sound = [number for number, fault in enumerate(faults) if not fault]
    best = max(sound, key=lambda n: (clicks[n].at, clicks[n].link_id, -n), default=None)
    verdicts = tuple(fault or (CREDITED if n == best else NEWER) for n, fault in enumerate(faults))
    if best is None:
        return Decision(LAST_CLICK, VERSIONS[LAST_CLICK], None, None, None, verdicts, bound)
    won = clicks[best]
    return Decision(LAST_CLICK, VERSIONS[LAST_CLICK], won.link_id, won.sharer_id, won.at, verdicts, bound)


# --- evidence: the frozen form in which a decision is stored with its order

FORM = 1


def evidence_of(asked: Asked, decision: Decision) -> dict[str, Any]:
    """Return a decision with all it was taken from: form 1, which `tests/golden/evidence.json` freezes."""
    windows = asked.rule.windows
    return {
        "form": FORM,
        "rule": decision.rule,
        "version": decision.version,
        "credited": _text(decision.link_id),
        "buyer": str(asked.buyer_id),
        "owner": str(asked.owner_id),
        "at": _stamp(asked.at),
        "sharer_bps": asked.sharer_bps,
        "windows_days": {
            "product": windows.product_days,
            "product_order": windows.product_order_days,
            "content": windows.content_days,
            "content_order": windows.content_order_days,
        },
        "binding": asked.rule.binding,
        "own": asked.rule.own,
        "clicks": [
            {
                "link": str(click.link_id),
                "sharer": str(click.sharer_id),
                "kind": click.kind,
                "at": _stamp(click.at),
                "ordered_at": _stamp(click.ordered_at) if click.ordered_at else None,
                "closed": click.closed,
                "verdict": verdict,
            }
            for click, verdict in zip(asked.clicks, decision.verdicts, strict=True)
        ],
        "bound": asked.bound
        and {
            "link": str(asked.bound.link_id),
            "sharer": str(asked.bound.sharer_id),
            "at": _stamp(asked.bound.at),
            "until": _stamp(asked.bound.until),
            "closed": asked.bound.closed,
            "verdict": decision.bound,
        },
    }


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def asked_of(evidence: Mapping[str, Any]) -> Asked:
    """Return what a stored decision was taken from."""
    days, bound = evidence["windows_days"], evidence["bound"]
    return Asked(
        UUID(evidence["buyer"]),
        UUID(evidence["owner"]),
        _time(evidence["at"]),
        evidence["sharer_bps"],
        ShareRule(
            Windows(days["product"], days["product_order"], days["content"], days["content_order"]),
            evidence["binding"],
            evidence["own"],
        ),
        tuple(
            Click(
                UUID(click["link"]), UUID(click["sharer"]), click["kind"], _time(click["at"]),
                _time(click["ordered_at"]) if click["ordered_at"] else None, click["closed"],
            )
            for click in evidence["clicks"]
        ),
        bound
        and Bound(
            UUID(bound["link"]), UUID(bound["sharer"]), _time(bound["at"]), _time(bound["until"]), bound["closed"]
        ),
    )  # fmt: skip


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stands(evidence: Mapping[str, Any]) -> bool:
    """Return whether deciding again from the stored evidence gives the stored decision, word for word."""
    asked = asked_of(evidence)
    return evidence_of(asked, attribute(asked)) == dict(evidence)
