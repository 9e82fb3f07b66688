"""Who is live now. Until there are live rooms that is whose drop runs; a room that is open will come before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renmai.places.shops.found import shops_by_id
from renmai.trade.promotions.queries import running_drops
from renmai.web.buyer.drops import drop_cards
from renmai.web.buyer.shown import LARGE_PX, picture, say

DROPS_READ = 24


@dataclass(frozen=True, slots=True)
class LivePerson:
    """Somebody with something going on now: what, until when, and where to watch or take part."""

    kind: str
    href: str
    name: str
    person_href: str
    face: str
    ai_persona: bool
    title: str
    image: str
    price_minor: int
    currency: str
    free: int
    until: datetime


def people_live(*, now: datetime, limit: int = 6) -> list[LivePerson]:
    """Return who is live now, each once; four statements at most, whatever the number of shops."""
    cards = drop_cards(running_drops(now=now, limit=DROPS_READ))
    ids = {card["drop"].shop_id for card in cards}
    shops = shops_by_id(ids) if ids else {}
    found: dict[object, LivePerson] = {}
    for card in cards:
        shop = shops.get(card["drop"].shop_id)
        if shop is not None and shop.id not in found:
            found[shop.id] = LivePerson(
                "drop", f"/drops/{card['drop'].id}", say(shop, "name"), f"/@{shop.handle}", picture(shop.face_id, LARGE_PX),
                shop.ai_persona, card["title"], card["image"], card["drop"].price_minor, card["currency"],
                card["view"].free, card["drop"].ends_at,
            )  # fmt: skip
    return list(found.values())[:limit]
