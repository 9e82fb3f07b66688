"""What people's pages are made of: a pick, a post and a drop as a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from renmai.web.buyer.shown import LARGE_PX, picture, picture_set, say


@dataclass(frozen=True, slots=True)
class PickCard:
    """A pick as a card: the thing, its price, and the word for it."""

    href: str
    title: str
    image: str
    word: str
    price_minor: int
    multiple_bps: int
    currency: str
    state: str = ""
    image_set: str = ""


def pick_card(row: Mapping[str, Any], price_minor: int, state: str = "", size: int = LARGE_PX) -> PickCard:
    """Return a pick of any list as a card."""
    return PickCard(
        href=f"/picks/{row['id']}",
        title=say(row, "title"),
        image=picture(row["cover_id"], size),
        word=say(row, "word"),
        price_minor=price_minor,
        multiple_bps=row["multiple_bps"],
        currency=row["currency"],
        state=state,
        image_set=picture_set(row["cover_id"]) if size == LARGE_PX else "",
    )


@dataclass(frozen=True, slots=True)
class PostCard:
    """A post as a card: who said it, its words and first picture. With goods in it, it is advertising."""

    href: str
    title: str
    excerpt: str
    image: str
    alt: str
    at: datetime
    name: str
    person_href: str
    face: str
    advertising: bool
    ai_made: bool
    ai_persona: bool
    moving: bool
    likes: int
    comments: int


def post_card(row: Mapping[str, Any], size: int = LARGE_PX) -> PostCard:
    """Return a post of `list_newest_posts` as a card."""
    return PostCard(
        href=f"/posts/{row['id']}",
        title=row["title"],
        excerpt=row["excerpt"],
        image=picture(row["cover_id"], size),
        alt=row["cover_alt"],
        at=row["published_at"],
        name=say(row, "shop_name"),
        person_href=f"/@{row['shop_handle']}",
        face=picture(row["face_id"]),
        advertising=row["goods"] > 0,
        ai_made=row["ai_made"],
        ai_persona=row["ai_persona"],
        moving=row["video_id"] is not None,
        likes=row["likes"],
        comments=row["comments"],
    )
