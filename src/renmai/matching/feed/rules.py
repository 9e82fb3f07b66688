"""How an order is made: what speaks for a person, credit within bounds, turns of reasons, and places for who is new.

Pure: no database, no clock. Times are aware, ages in days, credit from 0 to 100.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

Reason: TypeAlias = list[str | int]

KEPT_FOR = timedelta(minutes=10)
GONE_AFTER = timedelta(days=30)
EARLIER_KEPT = 3  # orders of one viewer and list, so that who pages through an earlier one comes to its end
PEOPLE_MAX, GOODS_MAX = 240, 480

NEW_DAYS = 30  # somebody is new for so long
NEW_EVERY = 8  # every eighth place is drawn among who is new
IN_A_ROW = 2  # of one reason
USUAL_CREDIT = 60  # of whom nothing is known yet: neither praised nor held back
CREDIT_SHARE = 0.15  # credit moves a person by so much at most, up or down
CREDIT_SAID = 80  # from here on it is a reason of its own
NEWS_SAID_DAYS = 14  # until then it is said when somebody showed something new

LIVE, FOLLOWED, NEWS = 3.0, 2.0, 0.5
TRUSTED, FRIEND_MORE, FRIENDS_COUNTED = 1.2, 0.2, 5
LIKE, ANYBODY, FRESH_DAYS = 1.0, 0.3, 7.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A shop's person who may be shown to one viewer.

    `exposure` is the shop's (2 like everyone, 1 after the others, 0 to followers alone); `ready` that there is a face, a word
    and something to show; `news_days` the age of the newest post or pick (None: none); `friends` how many trust them;
    `like` how near their goods are to the viewer's taste (0 to 1), by `like_reason`; `credit` None while it grows.
    """

    shop_id: UUID
    exposure: int
    ready: bool
    age_days: float
    news_days: float | None = None
    live: bool = False
    followed: bool = False
    friends: int = 0
    like: float = 0.0
    like_reason: tuple[str | int, ...] = ()
    credit: int | None = None


def credit_factor(credit: int | None) -> float:
    """Return what credit multiplies by: 1 for the usual one or an unknown one, within 1 +- CREDIT_SHARE."""
    known = USUAL_CREDIT if credit is None else max(0, min(credit, 100))
    way = (known - USUAL_CREDIT) / (100 - USUAL_CREDIT if known > USUAL_CREDIT else USUAL_CREDIT)
    return 1 + CREDIT_SHARE * way


def weight_of(one: Candidate) -> float:
    """Return what speaks for a person, above 0."""
    fresh = 0.0 if one.news_days is None else 0.5 ** (max(one.news_days, 0.0) / FRESH_DAYS)
    friends = TRUSTED + FRIEND_MORE * (min(one.friends, FRIENDS_COUNTED) - 1) if one.friends else 0.0
    spoken = LIVE * one.live + FOLLOWED * one.followed + friends + LIKE * one.like
    return (spoken + NEWS * fresh * one.followed + ANYBODY * (1 + fresh) / 2) * credit_factor(one.credit)


def reason_of(one: Candidate) -> Reason:
    """Return the strongest reason, as a code with its numbers and ids."""
    if one.live:
        return ["live"]
    if one.followed:
        return ["you_follow"]
    if one.friends:
        return ["trusted_by", one.friends]
    if one.like_reason:
        return list(one.like_reason)
    if is_new(one):
        return ["new_here"]
    if one.credit is not None and one.credit >= CREDIT_SAID:
        return ["credit", one.credit]
    if one.ready and one.news_days is not None and one.news_days < NEWS_SAID_DAYS:
        return ["active", max(0, int(one.news_days))]
    return ["house"]


def is_new(one: Candidate) -> bool:
    """Return whether somebody is new, has something to show, and credit asks nothing of them."""
    return one.ready and one.exposure > 1 and one.age_days < NEW_DAYS


def order_people(found: Sequence[Candidate], *, viewer_id: UUID, on: date) -> list[tuple[UUID, Reason]]:
    """Return people in order with their reasons, each once, at most PEOPLE_MAX.

    Whom credit shows after the others stands behind them, unless followed; then come those with nothing to show. Every
    NEW_EVERYth place is of somebody new to the house, drawn for this viewer and day; else they have to wait for the end, so
    that being new is worth this chance and no more.
    """
    shown = [one for one in found if one.followed or one.exposure > 0]
    reasons = {one.shop_id: reason_of(one) for one in shown}
    best = sorted(shown, key=lambda one: (-weight_of(one), -one.shop_id.int))
    front, new, behind = [], [], []
    for one in best:
        code = reasons[one.shop_id][0]
        if not one.followed and (one.exposure < 2 or not one.ready and code in ("house", "credit", "active")):
            behind.append(one.shop_id)
        elif code == "new_here":
            new.append(one.shop_id)
        else:
            front.append(one.shop_id)
    new.sort(key=lambda shop_id: draw(viewer_id, shop_id, on))
    turns = in_turns(front, {shop_id: str(reason[0]) for shop_id, reason in reasons.items()})
    order = [*with_places(turns, new), *behind]
    return [(shop_id, reasons[shop_id]) for shop_id in order[:PEOPLE_MAX]]


def draw(viewer_id: UUID, thing_id: UUID, on: date) -> int:
    """Return a number by lot: the same for this viewer, thing and day, even among all things."""
    text = viewer_id.bytes + thing_id.bytes + on.isoformat().encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def in_turns(ids: Sequence[UUID], codes: Mapping[UUID, str]) -> list[UUID]:
    """Return `ids` best first, but never more than IN_A_ROW of one code while somebody of another is left."""
    waiting: dict[str, deque[tuple[int, UUID]]] = {}
    for place, one in enumerate(ids):
        waiting.setdefault(codes[one], deque()).append((place, one))
    found: list[UUID] = []
    row: list[str] = []
    while waiting:
        tired = row[-1] if len(row) >= IN_A_ROW and len(set(row[-IN_A_ROW:])) == 1 else None
        code = min((name for name in waiting if name != tired or len(waiting) == 1), key=lambda name: waiting[name][0])
        found.append(waiting[code].popleft()[1])
        row.append(code)
        if not waiting[code]:
            del waiting[code]
    return found


def with_places(known: Sequence[UUID], new: Sequence[UUID]) -> list[UUID]:
    """Return `known` with one of `new` in every NEW_EVERYth place; those left over follow at the end."""
    coming, found = deque(new), list[UUID]()
    for one in known:
        if coming and len(found) % NEW_EVERY == NEW_EVERY - 1:
            found.append(coming.popleft())
        found.append(one)
    return [*found, *coming]


def days_between(earlier: datetime, now: datetime) -> float:
    """Return how many days lie between, as a fraction."""
    return (now - earlier).total_seconds() / 86_400
