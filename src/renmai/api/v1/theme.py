"""The look of a shop, and the order of its picks."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Word
from renmai.kit.problems import NotFound
from renmai.places.shops.actions import NotAPublicPicture
from renmai.places.shops.models import Shop
from renmai.places.shops.ordering import MOVED_MAX, NoSuchMove, move_picks, order_picks
from renmai.places.shops.queries import access_content_shop
from renmai.places.shops.theme import sections_in_order
from renmai.places.shops.theming import NoSuchAccent, NoSuchSection, change_theme

router = Router(tags=["Shops"])
CONTENT = ("creator", "creator:content")


class ThemeBody(Body):
    """What is to change of the look; what is left out stays. Sections left out come last, in the house's order."""

    accent: Word | None = Field(None, examples=["lake"])
    sections: Annotated[list[Word], Field(max_length=8)] | None = Field(None, examples=[["picks", "posts"]])
    cover_id: UUID | None = None
    ai_persona: bool | None = Field(None, description="Face or voice are made by a machine; it is said everywhere.")


class ThemeAnswer(Answer):
    """How a shop looks: `accent` "" is the house's colour, `sections` all of them in order."""

    shop_id: UUID
    accent: str = Field(examples=["lake"])
    sections: list[str] = Field(examples=[["picks", "live", "posts", "about"]])
    cover_id: UUID | None
    ai_persona: bool


class PickOrderBody(Body):
    """Picks that come first, in this order; the others follow as they were."""

    pick_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOVED_MAX)]


class PickMoveBody(Body):
    """Picks to move, and where; they keep their order among themselves."""

    pick_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOVED_MAX)]
    way: Literal["up", "down", "top", "bottom"]


class PickOrder(Answer):
    """All picks of the shop in their order."""

    pick_ids: list[UUID]


def _theme(shop: Shop) -> dict[str, Any]:
    answer = {"shop_id": shop.id, "accent": shop.accent, "sections": sections_in_order(shop.sections)}
    return shown(ThemeAnswer, answer | {"cover_id": shop.cover_id, "ai_persona": shop.ai_persona})


@operation(router, "GET", "/shops/{uuid:shop_id}/theme", audience=CONTENT, answer=ThemeAnswer, problems=(NotFound,))
def read_theme(request: Call, shop_id: UUID) -> dict[str, Any]:
    """Show how a shop of one's own looks."""
    return _theme(access_content_shop(request.actor, shop_id))


@operation(
    router, "PATCH", "/shops/{uuid:shop_id}/theme", audience=CONTENT, answer=ThemeAnswer, key="once",
    problems=(NotFound, NoSuchAccent, NoSuchSection, NotAPublicPicture),
)  # fmt: skip
def set_theme(request: Call, shop_id: UUID, body: ThemeBody) -> dict[str, Any]:
    """Change the look of a shop."""
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name == "cover_id"}
    return _theme(change_theme(actor=request.actor, now=request.now, shop_id=shop_id, **changes))


@operation(
    router, "PUT", "/shops/{uuid:shop_id}/picks/order", audience=CONTENT, answer=PickOrder, key="once",
    problems=(NotFound, NoSuchMove),
)  # fmt: skip
def set_pick_order(request: Call, shop_id: UUID, body: PickOrderBody) -> dict[str, Any]:
    """Say which picks come first, and in what order."""
    return {
        "pick_ids": order_picks(actor=request.actor, now=request.now, shop_id=shop_id, pick_ids=body.pick_ids),
    }


@operation(
    router, "POST", "/shops/{uuid:shop_id}/picks/moves", audience=CONTENT, answer=PickOrder, key="once",
    problems=(NotFound, NoSuchMove),
)  # fmt: skip
def move_own_picks(request: Call, shop_id: UUID, body: PickMoveBody) -> dict[str, Any]:
    """Move picks up, down, to the top or to the bottom."""
    order = move_picks(actor=request.actor, now=request.now, shop_id=shop_id, pick_ids=body.pick_ids, way=body.way)
    return {"pick_ids": order}
