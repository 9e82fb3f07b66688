"""What the people of a team are told: each of what changes for them, and the person whose shop it is of what others did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.people.accounts.models import Person
from renmai.people.notices.actions import Told, tell
from renmai.places.shops.models import Shop

TEAM, NOTICES = "/creator/team", "/me/notices"


def tell_invited(actor: Actor, shop: Shop, email: str, now: datetime) -> None:
    """Tell whoever is invited, if they have an account, and the shop's person. The secret is in the letter alone."""
    told = [
        Told(person_id, "team.invited", now, NOTICES, _names(shop, actor.name))
        for person_id in Person.objects.filter(email=email, is_active=True).values_list("id", flat=True)
    ]
    _tell([*told, *_to_owner(actor, shop, "team.somebody_invited", now, actor.name, email=email)])


def tell_joined(actor: Actor, shop: Shop, part: str, now: datetime) -> None:
    """Tell who joined what they do now, and the shop's person who it is."""
    joined = Told(actor.person_id, f"team.joined_{part}", now, "/creator", _names(shop)) if actor.person_id else None
    name = _called(actor.person_id)
    _tell([*([joined] if joined else []), *_to_owner(actor, shop, "team.somebody_joined", now, name)])


def tell_part(actor: Actor, shop: Shop, person_id: UUID, part: str, now: datetime) -> None:
    """Tell a member what they do from now on, and the shop's person that it changed."""
    told = (
        [Told(person_id, f"team.part_{part}", now, TEAM, _names(shop), mail=True)]
        if person_id != actor.person_id
        else []
    )
    _tell([*told, *_to_owner(actor, shop, "team.somebody_changed", now, _called(person_id))])


def tell_left(actor: Actor, shop: Shop, person_id: UUID, now: datetime) -> None:
    """Tell who was taken out by somebody else, and the shop's person who is no longer there."""
    taken = person_id != actor.person_id
    told = [Told(person_id, "team.taken_out", now, NOTICES, _names(shop), mail=True)] if taken else []
    news = "team.somebody_taken_out" if taken else "team.somebody_left"
    _tell([*told, *_to_owner(actor, shop, news, now, _called(person_id))])


def tell_handed_over(shop: Shop, person_id: UUID, now: datetime) -> None:
    """Tell the person whose shop it is from now on."""
    _tell([Told(person_id, "team.handed_over", now, "/creator", _names(shop), mail=True)])


def _to_owner(actor: Actor, shop: Shop, news: str, now: datetime, name: str, **more: str) -> list[Told]:
    """Return what the shop's person is told; nothing of what they did themselves."""
    if shop.owner_id == actor.person_id:
        return []
    return [Told(shop.owner_id, news, now, f"{TEAM}?shop={shop.id}", _names(shop, name, **more))]


def _names(shop: Shop, name: str = "", **more: str) -> dict[str, str]:
    return {"shop": shop.name, "shop_zh": shop.name_zh, "name": name or "-", **more}


def _called(person_id: UUID | None) -> str:
    person = Person.objects.filter(id=person_id).first() if person_id else None
    return person.shown if person else "-"


def _tell(told: list[Told]) -> None:
    with connection.cursor() as cursor:
        tell(cursor, told)
