"""Read effects and appeals: a seller its own, an operator all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.media.models import Media
from renmai.kit.problems import NotFound
from renmai.people.standing.models import Source
from renmai.people.standing.queries import OwnTerm, own_terms
from renmai.places.shops.models import Shop
from renmai.trust.effects.appeal_rules import WAITING
from renmai.trust.effects.models import Appeal, AppealEntry, Effect, EffectState, SellerLevel
from renmai.trust.effects.rules import ROLES, TERMS_OF, Role
from renmai.trust.facts.models import Fact

LIMIT_MAX = 101
SHOPS_MAX = 20
STANDING = (EffectState.ANNOUNCED, EffectState.IN_FORCE)
LAST_ID = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class Seller:
    """Whose credit it is: as what, who (a person or a supplier), and which shops or supplier its terms are written to."""

    role: Role
    holder_id: UUID
    targets: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """What credit does to one seller: level, effects that stand, appeals, and rows that the house set for it by hand."""

    seller: Seller
    level: SellerLevel | None
    effects: Sequence[Effect]
    appeals: Sequence[Appeal]
    by_house: Sequence[OwnTerm]


def targets_of(role: str, holder_id: UUID) -> list[UUID]:
    """Return what a seller's terms are written to: a person's shops, or the supplier. One statement."""
    if role == "supplier":
        return list(Supplier.objects.filter(id=holder_id).values_list("id", flat=True))
    return list(Shop.objects.filter(owner_id=holder_id).order_by("id").values_list("id", flat=True)[:SHOPS_MAX])


def resting_terms(role: str, holder_id: UUID, now: datetime) -> frozenset[str]:
    """Return the terms whose appeal the house has not answered in time: they rest until it does."""
    late = Appeal.objects.filter(
        role=role, holder_id=holder_id, state__in=WAITING, due_at__lte=now, effect__isnull=False
    )
    return frozenset(late.values_list("effect__term", flat=True))


def disputed_facts(role: str, holder_id: UUID) -> frozenset[UUID]:
    """Return the facts of a seller that the house found wrong after an appeal: they strike nobody any longer."""
    found: set[UUID] = set()
    for appeal in Appeal.objects.filter(role=role, holder_id=holder_id, state="disputed").select_related("effect"):
        found |= {appeal.fact_id} if appeal.fact_id else set(fact_ids_of(appeal.effect)) if appeal.effect else set()
    return frozenset(found)


def fact_ids_of(effect: Effect) -> list[UUID]:
    """Return the facts behind an effect that hard facts asked; none behind one that the score did."""
    name = effect.cause.removeprefix("grave:")
    return [UUID(text) for text in effect.behind.get("grave", {}).get(name, {}).get("fact_ids", ())]


def own_seller(actor: Actor, role: str, desk_id: UUID) -> Seller:
    """Return the seller behind a desk of the actor's: a shop's owner (`creator`), or a supplier.

    For a shop's owners and managers, a supplier's people and operators. Errors: NotFound, SignInNeeded.
    """
    if role not in ROLES:
        raise NotFound()
    if not actor.has("operator"):
        require_any(actor, [Grant(role, desk_id)])
    if role == "supplier":
        targets = targets_of(role, desk_id)
        if not targets:
            raise NotFound()
        return Seller("supplier", desk_id, tuple(targets))
    owner_id = Shop.objects.filter(id=desk_id).values_list("owner_id", flat=True).first()
    if owner_id is None:
        raise NotFound()
    return Seller("creator", owner_id, tuple(targets_of(role, owner_id)))


def access_credit_terms(actor: Actor, role: str, desk_id: UUID) -> CreditTerms:
    """Return what credit does to the seller behind a desk of the actor's. A fixed number of statements.

    Errors: NotFound, SignInNeeded.
    """
    seller = own_seller(actor, role, desk_id)
    return credit_terms(seller, desk_id)


def access_own_fact(actor: Actor, role: str, desk_id: UUID, fact_id: UUID) -> tuple[Seller, Fact]:
    """Return a fact about the seller behind a desk of the actor's. Errors: NotFound, SignInNeeded."""
    seller = own_seller(actor, role, desk_id)
    of = {"subject__supplier_id": seller.holder_id} if role == "supplier" else {"subject__person_id": seller.holder_id}
    fact = Fact.objects.filter(id=fact_id, subject__role=role, **of).first()
    if fact is None:
        raise NotFound()
    return seller, fact


def appeals_of_facts(seller: Seller, fact_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return fact -> the appeal that stands about it, of these facts of a seller's; one statement."""
    rows = Appeal.objects.filter(role=seller.role, holder_id=seller.holder_id, effect=None, fact_id__in=list(fact_ids))
    standing = rows.exclude(state="withdrawn").values_list("fact_id", "id")
    return {fact_id: appeal_id for fact_id, appeal_id in standing if fact_id is not None}


def credit_terms(seller: Seller, target_id: UUID) -> CreditTerms:
    """Return what credit does to a seller, for whoever has checked who asks; `target_id` is the shop or supplier looked at."""
    of_seller = Q(role=seller.role, holder_id=seller.holder_id)
    return CreditTerms(
        seller,
        SellerLevel.objects.filter(of_seller).first(),
        list(Effect.objects.filter(of_seller, state__in=STANDING).order_by("term", "state")),
        list(Appeal.objects.filter(of_seller).select_related("effect").order_by("-id")[:LIMIT_MAX]),
        [own for own in own_terms(target_id) if own.source == Source.OPERATOR and own.term in TERMS_OF[seller.role]],
    )


def list_past_effects(seller: Seller, *, before: UUID | None = None, limit: int = 20) -> list[Effect]:
    """Return the effects of a seller that are over, newest first, for whoever has checked who asks."""
    rows = Effect.objects.filter(role=seller.role, holder_id=seller.holder_id).exclude(state__in=STANDING)
    return list(rows.filter(id__lt=before or LAST_ID).order_by("-id")[: min(limit, LIMIT_MAX)])


def list_effects(
    actor: Actor, *, state: str = "", role: str = "", term: str = "", holder_id: UUID | None = None,
    before: UUID | None = None, limit: int = 50,
) -> list[Effect]:  # fmt: skip
    """Return effects of all sellers, newest first; without a state those that stand. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    rows = Effect.objects.filter(id__lt=before or LAST_ID)
    rows = rows.filter(state=state) if state in EffectState.values else rows.filter(state__in=STANDING)
    given = {"role": role, "term": term, "holder_id": holder_id}
    return list(rows.filter(**{k: v for k, v in given.items() if v}).order_by("-id")[: min(limit, LIMIT_MAX)])


def list_appeals(
    actor: Actor, *, state: str = "", role: str = "", before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[Appeal]:
    """Return appeals: without a state those that wait, the one due next first; else those in it, newest first.

    `before` is (due_at, id) of the last one seen. Errors: Forbidden, SignInNeeded.
    """
    require_role(actor, "operator")
    rows = Appeal.objects.select_related("effect")
    if role in ROLES:
        rows = rows.filter(role=role)
    if state:
        rows = rows.filter(state=state)
        rows = rows.filter(id__lt=before[1]) if before else rows
        return list(rows.order_by("-id")[: min(limit, LIMIT_MAX)])
    rows = rows.filter(state__in=WAITING)
    if before:
        rows = rows.filter(Q(due_at__gt=before[0]) | Q(due_at=before[0], id__gt=before[1]))
    return list(rows.order_by("due_at", "id")[: min(limit, LIMIT_MAX)])


def access_appeal(actor: Actor, appeal_id: UUID, *, lock: bool = False) -> Appeal:
    """Return an appeal for its seller's people or an operator. Errors: NotFound, SignInNeeded."""
    rows = Appeal.objects.select_for_update(of=("self",)) if lock else Appeal.objects.all()
    appeal = rows.select_related("effect").filter(id=appeal_id).first()
    if appeal is None:
        raise NotFound()
    if not actor.has("operator"):
        require_any(actor, [Grant(appeal.role, target) for target in targets_of(appeal.role, appeal.holder_id)])
    return appeal


def list_entries(appeal: Appeal) -> list[AppealEntry]:
    """Return the steps of an appeal, in order, for whoever has checked who asks."""
    return list(appeal.entries.order_by("at", "id")[:LIMIT_MAX])


def access_effect(actor: Actor, effect_id: UUID) -> Effect:
    """Return an effect for its seller's people or an operator. Errors: NotFound, SignInNeeded."""
    effect = Effect.objects.filter(id=effect_id).first()
    if effect is None:
        raise NotFound()
    if not actor.has("operator"):
        require_any(actor, [Grant(effect.role, target) for target in targets_of(effect.role, effect.holder_id)])
    return effect


def can_read_appeal_media(actor: Actor, media: Media) -> bool:
    """Return whether a picture is evidence of an appeal that the actor may read."""
    entry = AppealEntry.objects.filter(media_ids__contains=[str(media.id)]).select_related("appeal").first()
    if entry is None:
        return False
    try:
        access_appeal(actor, entry.appeal_id)
    except NotFound:
        return False
    return True


def names_of_sellers(sellers: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Shop | Supplier]:
    """Return (role, holder) -> the first shop of a creator, or the supplier; two statements at most."""
    asked = set(sellers)
    people = [holder for role, holder in asked if role == "creator"]
    firms = [holder for role, holder in asked if role == "supplier"]
    shops = Shop.objects.filter(owner_id__in=people).order_by("owner_id", "id").distinct("owner_id") if people else ()
    found: dict[tuple[str, UUID], Shop | Supplier] = {("creator", shop.owner_id): shop for shop in shops}
    for firm in Supplier.objects.filter(id__in=firms) if firms else ():
        found["supplier", firm.id] = firm
    return found


def count_appeals_waiting() -> int:
    """Return how many appeals wait for the house (a figure of the operators' console)."""
    return Appeal.objects.filter(state__in=WAITING).count()
