"""Where a product is not sent, and in which channels it is not sold. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from renmai.kit.access import Actor

# Where a buyer buys: the house's own pages, other apps (by a token of the API), live rooms, stores.
SHOP, APP = "shop", "app"
CHANNELS = (SHOP, APP, "live", "store")


def excluded_place(places: Sequence[str], address: Mapping[str, str]) -> str | None:
    """Return which of `places` (regions or countries, as the supplier wrote them) an address lies in, or None.

    Letters are compared without regard to case; an address that does not say its region or country lies in none.
    """
    if not places:
        return None
    there = {address.get(part, "").strip().casefold() for part in ("region", "country")} - {""}
    return next((place for place in places if place.strip().casefold() in there), None)


def channel_of(actor: Actor) -> str:
    """Return the channel an actor buys in: with a token of the API it is another app, else the house's own pages."""
    return SHOP if actor.scopes is None else APP


def sold_in(excluded_channels: Sequence[str], channel: str) -> bool:
    """Return whether a product is sold in `channel`."""
    return channel not in excluded_channels
