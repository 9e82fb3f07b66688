"""A shop's look: its colour, cover, the order of its sections, and whether its persona is made by a machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.places.shops.actions import check_picture
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_content_shop
from renmai.places.shops.theme import ACCENTS, SECTIONS, sections_in_order


class NoSuchAccent(DomainError):
    """A colour that the design system does not have."""

    code = "shop.no_such_accent"
    status = 422
    message = "Choose one of the house's colours."


class NoSuchSection(DomainError):
    """A section that a shop's page does not have."""

    code = "shop.no_such_section"
    status = 422
    message = "A shop's page has the sections live, posts, picks and about."


@transaction.atomic
def change_theme(*, actor: Actor, now: datetime, shop_id: UUID, **changes: Any) -> Shop:
    """Change any of accent, sections (those left out come last), cover_id, ai_persona.

    `ai_persona` says that face or voice are made by a machine; it is said wherever the shop is shown (FIELD.md 3.1, Art. 37).
    Whoever looks after the shop's words may. After: event shop.changed naming the fields; nothing when nothing differs.
    Errors: NotFound, NoSuchAccent, NoSuchSection, NotAPublicPicture, TypeError for a field that does not exist.
    """
    if unknown := set(changes) - {"accent", "sections", "cover_id", "ai_persona"}:
        raise TypeError(f"no such part of a theme: {sorted(unknown)}")
    access_content_shop(actor, shop_id)
    shop = Shop.objects.select_for_update().get(id=shop_id)
    if changes.get("accent", "") not in ACCENTS:
        raise NoSuchAccent()
    if "sections" in changes:
        changes["sections"] = _ordered(changes["sections"])
    if changes.get("cover_id") not in {None, shop.cover_id}:
        check_picture(actor, changes["cover_id"])
    differing = sorted(field for field, value in changes.items() if getattr(shop, field) != value)
    if differing:
        for field in differing:
            setattr(shop, field, changes[field])
        shop.save(update_fields=differing)
        record(Happened("shop.changed", shop_id, now, {"fields": differing}, actor.person_id))
    return shop


def _ordered(chosen: Sequence[str]) -> list[str]:
    if any(name not in SECTIONS for name in chosen):
        raise NoSuchSection()
    return list(sections_in_order(chosen))
