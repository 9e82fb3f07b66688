"""Who is live now: shows that are on, then whose drop runs; and which shows come next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.places.live.models import Segment, Show
from renmai.places.live.queries import list_live_shows, list_planned_shows
from renmai.places.shops.found import shops_by_id
from renmai.places.shops.queries import picks_by_id
from renmai.places.talk.queries import viewers_of
from renmai.trade.promotions.queries import running_drops
from renmai.web.buyer.drops import drop_cards
from renmai.web.buyer.shown import LARGE_PX, picture, picture_set, say

DROPS_READ, SHOWS_READ = 24, 24
SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class LivePerson:
    """Somebody with something going on now: a show or a drop, until when, and where to watch or take part.

    Of a show `title` is its own; `thing` is what is explained in this moment, with its picture in `image`. A drop that runs
    in it gives its price (`currency` is empty without one).
    """

    kind: str
    href: str
    name: str
    person_href: str
    face: str
    ai_persona: bool
    title: str
    image: str
    price_minor: int = 0
    currency: str = ""
    free: int = 0
    until: datetime | None = None
    thing: str = ""
    viewers: int = 0
    ai_made: bool = False


@dataclass(frozen=True, slots=True)
class ShowCard:
    """A show in a list: to come, on, or to be watched again."""

    href: str
    title: str
    at: datetime
    minutes: int
    state: str
    cover: str
    cover_set: str
    name: str
    person_href: str
    face: str
    ai_made: bool
    viewers: int = 0


def show_card(show: Show, viewers: int = 0) -> ShowCard:
    """Return a show, read with its shop, as a card."""
    shop = show.shop
    cover = show.cover_id or shop.face_id
    minutes = show.minutes
    if show.began_at and show.ended_at:
        minutes = max(1, round((show.ended_at - show.began_at).total_seconds() / 60))
    return ShowCard(
        f"/live/{show.id}", show.title, show.began_at or show.starts_at, minutes, show.state, picture(cover, LARGE_PX),
        picture_set(cover), say(shop, "name"), f"/@{shop.handle}", picture(shop.face_id), show.ai_made or shop.ai_persona,
        viewers,
    )  # fmt: skip


def people_live(*, now: datetime, limit: int = 6) -> list[LivePerson]:
    """Return who is live now, each once, shows first; eight statements at most, whatever the number of shops."""
    shows = list_live_shows(limit=SHOWS_READ)
    cards = drop_cards(running_drops(now=now, limit=DROPS_READ))
    by_shop = {card["drop"].shop_id: card for card in reversed(cards)}
    found: dict[UUID, LivePerson] = {
        each.shop_id: one for each, one in zip(shows, _on(shows, by_shop, now), strict=True)
    }
    ids = by_shop.keys() - found.keys()
    shops = shops_by_id(ids) if ids else {}
    for card in cards:
        shop = shops.get(card["drop"].shop_id)
        if shop is not None and shop.id not in found:
            found[shop.id] = LivePerson(
                "drop", f"/drops/{card['drop'].id}", say(shop, "name"), f"/@{shop.handle}", picture(shop.face_id, LARGE_PX),
                shop.ai_persona, card["title"], card["image"], card["drop"].price_minor, card["currency"],
                card["view"].free, card["drop"].ends_at,
            )  # fmt: skip
    return list(found.values())[:limit]


def _on(shows: Sequence[Show], drops: dict[UUID, dict[str, Any]], now: datetime) -> Iterable[LivePerson]:
    """Yield the people of shows that are on, with what they explain now; three statements, none without shows."""
    if not shows:
        return
    viewers = viewers_of([show.id for show in shows], now=now)
    wanted = [show.stage_segment_id for show in shows if show.stage_segment_id]
    picks = dict(Segment.objects.filter(id__in=wanted).values_list("id", "pick_id")) if wanted else {}
    rows = picks_by_id(picks.values()) if picks else {}
    for show in shows:
        pick_id = picks.get(show.stage_segment_id) if show.stage_segment_id else None
        yield _live_show(show, rows.get(pick_id) if pick_id else None, drops.get(show.shop_id), viewers.get(show.id, 0))


def _live_show(show: Show, row: Mapping[str, Any] | None, drop: dict[str, Any] | None, viewers: int) -> LivePerson:
    shop = show.shop
    face = picture(show.cover_id or shop.face_id, LARGE_PX)
    image = picture(row["cover_id"]) if row else ""
    live = LivePerson(
        "show", f"/live/{show.id}", say(shop, "name"), f"/@{shop.handle}", face, shop.ai_persona, show.title, image,
        thing=say(row, "title") if row else "", viewers=viewers, ai_made=show.ai_made,
    )  # fmt: skip
    if drop is None or drop["drop"].show_id != show.id:
        return live
    held = drop["drop"]
    return replace(
        live, thing=drop["title"], image=drop["image"], price_minor=held.price_minor, currency=drop["currency"],
        free=drop["view"].free, until=held.ends_at,
    )  # fmt: skip


def live_shop_ids(shop_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these shops have a show on; one statement, none without shops."""
    return (
        {show.shop_id for show in list_live_shows(shop_ids=list(shop_ids), limit=len(shop_ids))} if shop_ids else set()
    )


def coming_up(*, now: datetime, limit: int = 6) -> list[ShowCard]:
    """Return the shows that come next, each person once; one statement."""
    found: dict[UUID, Show] = {}
    for show in list_planned_shows(now=now, limit=SHOWS_READ):
        if show.starts_at <= now + SOON:
            found.setdefault(show.shop_id, show)
    return [show_card(show) for show in found.values()][:limit]
