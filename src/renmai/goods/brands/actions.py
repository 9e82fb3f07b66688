"""Make, change and hand in brands, with the proofs they show. Verdicts and the chain's documents are in `goods.screening`."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from renmai.goods.brands.models import Brand, BrandProof, BrandState
from renmai.goods.brands.queries import access_own_brand
from renmai.goods.brands.rules import (
    BRANDS_MAX,
    FOUNDED_LEAST,
    PROFILE,
    PROOF,
    PROOFS_MAX,
    SCREENED,
    SLUG_PATTERN,
    checked_profile,
    may_become,
)
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media, MediaKind, MediaVisibility
from renmai.kit.problems import DomainError, Invalid, NotFound

PICTURES = ("face_id", "cover_id")


class WrongBrandState(DomainError):
    """A step that the table of states does not have."""

    code = "brand.wrong_state"
    status = 409
    message = "A brand that is {state} cannot become {next_state}."


class SlugTaken(DomainError):
    """Another brand has this address."""

    code = "brand.slug_taken"
    status = 409
    message = "The address {slug} is taken by another brand."


class TooManyBrands(DomainError):
    """More brands than one supplier may keep."""

    code = "brand.too_many"
    status = 409
    message = "One supplier may keep {most} brands."


class TooManyProofs(DomainError):
    """More proofs than a brand's page shows."""

    code = "brand.too_many_proofs"
    status = 409
    message = "A brand shows at most {most} proofs."


class NotBrandPicture(DomainError):
    """A picture that is not public, or not of the actor's own."""

    code = "brand.not_a_picture"
    status = 422
    message = "Choose a picture that you uploaded."


@transaction.atomic
def make_brand(
    *, actor: Actor, now: datetime, supplier_id: UUID, slug: str = "", founded: int | None = None, **profile: str
) -> Brand:
    """Make a draft of a brand that the supplier keeps. `slug` is its address for good (made from the name when empty).

    After: the brand, event brand.made. Errors: NotFound, Invalid, SlugTaken, TooManyBrands.
    """
    _refuse_unknown(set(profile) - set(PROFILE))
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    supplier = Supplier.objects.select_for_update().filter(id=supplier_id).first()
    if supplier is None:
        raise NotFound()
    texts = checked_profile({"country": "CN", **profile})
    year = _checked_year(founded, now)
    if Brand.objects.filter(supplier=supplier).count() >= BRANDS_MAX:
        raise TooManyBrands(most=BRANDS_MAX)
    brand = Brand.objects.create(
        supplier=supplier, slug=_free_slug(slug, texts["name"]), founded=year, created_at=now, **texts
    )
    record(Happened("brand.made", brand.id, now, {"supplier_id": supplier_id}, actor.person_id))
    return brand


def _free_slug(asked: str, name: str) -> str:
    """Return the address asked for, or one made from the name. Errors: SlugTaken, Invalid."""
    if wanted := asked.strip().lower():
        if not re.fullmatch(SLUG_PATTERN, wanted):
            raise Invalid(fields={"slug": "Small letters, digits and hyphens only."})
        if Brand.objects.filter(slug=wanted).exists():
            raise SlugTaken(slug=wanted)
        return wanted
    made = slugify(name)[:48].strip("-") or "brand"
    return made if not Brand.objects.filter(slug=made).exists() else f"{made}-{new_id().hex[-8:]}"


def _checked_year(founded: int | None, now: datetime) -> int | None:
    if founded is not None and not FOUNDED_LEAST <= founded <= now.year:
        raise Invalid(fields={"founded": "Give the year as four digits."})
    return founded


def _refuse_unknown(unknown: set[str]) -> None:
    if unknown:
        raise TypeError(f"no such field of a brand: {sorted(unknown)}")


@transaction.atomic
def change_brand(*, actor: Actor, now: datetime, brand_id: UUID, **changes: Any) -> Brand:
    """Change any of the profile's texts, founded, face_id, cover_id.

    After: event brand.changed naming the fields; nothing at all when nothing differs. An approved brand whose name, owner
    or mark changes waits for screening again (event brand.applied).
    Errors: NotFound, Invalid, NotBrandPicture, TypeError for a field that does not exist.
    """
    _refuse_unknown(set(changes) - {*PROFILE, "founded", *PICTURES})
    brand = locked_brand(actor, brand_id)
    after: dict[str, Any] = checked_profile({name: changes.get(name, getattr(brand, name)) for name in PROFILE})
    if "founded" in changes:
        after["founded"] = _checked_year(changes["founded"], now)
    for name in set(PICTURES) & set(changes):
        _check_picture(actor, changes[name])
        after[name] = changes[name]
    differing = sorted(name for name, value in after.items() if getattr(brand, name) != value)
    if differing:
        for name in differing:
            setattr(brand, name, after[name])
        brand.save(update_fields=differing)
        record(Happened("brand.changed", brand_id, now, {"fields": differing}, actor.person_id))
        if SCREENED & set(differing):
            screen_again(brand, actor, now)
    return brand


def _check_picture(actor: Actor, media_id: UUID | None) -> None:
    if media_id is None:
        return
    known = Media.objects.filter(id=media_id, kind=MediaKind.PICTURE, visibility=MediaVisibility.PUBLIC)
    own = known if actor.is_system else known.filter(owner_id=actor.person_id)
    if not own.exists():
        raise NotBrandPicture()


@transaction.atomic
def add_proof(
    *,
    actor: Actor,
    now: datetime,
    brand_id: UUID,
    issued_on: date | None = None,
    picture_id: UUID | None = None,
    **texts: str,
) -> BrandProof:
    """Show something a maker can show: title, title_zh, issuer, number, the day it was issued, a public picture.

    After: the proof, event brand.proof_added. Errors: NotFound, Invalid, TooManyProofs, NotBrandPicture.
    """
    _refuse_unknown(set(texts) - set(PROOF))
    brand = locked_brand(actor, brand_id)
    checked = checked_texts(PROOF, texts)
    if issued_on is not None and issued_on > local_day(now):
        raise Invalid(fields={"issued_on": "This day has not come yet."})
    _check_picture(actor, picture_id)
    if brand.proofs.count() >= PROOFS_MAX:
        raise TooManyProofs(most=PROOFS_MAX)
    proof = BrandProof.objects.create(
        brand=brand, issued_on=issued_on, picture_id=picture_id, created_at=now, **checked
    )
    record(Happened("brand.proof_added", brand_id, now, {"proof_id": proof.id}, actor.person_id))
    return proof


@transaction.atomic
def remove_proof(*, actor: Actor, now: datetime, brand_id: UUID, proof_id: UUID) -> None:
    """Take a proof off the brand's page: event brand.proof_removed. Errors: NotFound."""
    brand = locked_brand(actor, brand_id)
    taken, _ = BrandProof.objects.filter(brand=brand, id=proof_id).delete()
    if not taken:
        raise NotFound()
    record(Happened("brand.proof_removed", brand_id, now, {"proof_id": proof_id}, actor.person_id))


@transaction.atomic
def submit_brand(*, actor: Actor, now: datetime, brand_id: UUID) -> Brand:
    """Hand a draft or a rejected brand in for screening: event brand.applied; again changes nothing.

    Errors: NotFound, WrongBrandState.
    """
    brand = locked_brand(actor, brand_id)
    if brand.state != BrandState.APPLIED:
        if brand.state not in {BrandState.DRAFT, BrandState.REJECTED}:
            raise WrongBrandState(state=brand.state, next_state=BrandState.APPLIED.value)
        move_brand(brand, BrandState.APPLIED)
        record(Happened("brand.applied", brand_id, now, {"supplier_id": brand.supplier_id}, actor.person_id))
    return brand


def locked_brand(actor: Actor, brand_id: UUID) -> Brand:
    """Return a brand that the actor keeps (or any, for an operator), locked. Errors: NotFound, SignInNeeded."""
    access_own_brand(actor, brand_id)
    return Brand.objects.select_for_update(of=("self",)).select_related("supplier").get(id=brand_id)


def screen_again(brand: Brand, actor: Actor, now: datetime) -> None:
    """Send an approved, locked brand back to screening, because what was screened changed."""
    if brand.state == BrandState.APPROVED:
        move_brand(brand, BrandState.APPLIED)
        record(Happened("brand.applied", brand.id, now, {"supplier_id": brand.supplier_id}, actor.person_id))


def move_brand(brand: Brand, next_state: str) -> None:
    """Write the next state of a locked brand, if the table of states has that step. Errors: WrongBrandState."""
    if not may_become(brand.state, next_state):
        raise WrongBrandState(state=str(brand.state), next_state=str(next_state))
    brand.state = next_state
    brand.save(update_fields=["state"])
