"""The documents of a brand: the certificate of its mark, the chain of authorisations; and the decision on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.goods.brands.actions import locked_brand, move_brand, screen_again
from renmai.goods.brands.models import AuthorisationLink, Brand
from renmai.goods.brands.queries import access_brand_to_sell, chain_faults_of, chain_of
from renmai.goods.brands.rules import LINK, LINKS_MAX, VERDICTS, approval_faults
from renmai.goods.screening.actions import NotEvidence, UnknownVerdict
from renmai.goods.screening.deciding import Remarks, about_brand, checked_remarks, decide, refuse_faults
from renmai.goods.screening.models import Decision, Evidence, Requirement, Verdict
from renmai.goods.screening.queries import read_checklist
from renmai.goods.screening.rules import paper_faults
from renmai.goods.screening.usual import TRADE_MARK
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.clock import local_day
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.ids import new_id
from renmai.kit.media.models import MediaKind
from renmai.kit.media.queries import access_media
from renmai.kit.problems import DomainError, Invalid, NotFound

TITLE_CHARS_MAX = 120


class ChainTooLong(DomainError):
    """More links than a chain may have."""

    code = "brand.chain_too_long"
    status = 409
    message = "A chain has at most {most} links."


@transaction.atomic
def add_certificate(
    *,
    actor: Actor,
    now: datetime,
    brand_id: UUID,
    media_id: UUID,
    number: str = "",
    issuer: str = "",
    valid_until_on: date | None = None,
) -> Evidence:
    """Hand in the certificate of the mark, as private evidence; the same document again is the same row.

    After: event evidence.handed_in. Errors: NotFound, NotEvidence, Invalid.
    """
    brand = locked_brand(actor, brand_id)
    more = checked_texts({"number": Text(80), "issuer": Text(120)}, {"number": number, "issuer": issuer})
    media_id = _own_document(actor, media_id)
    known = Evidence.objects.filter(subject_id=brand_id, media_id=media_id).first()
    point = Requirement.objects.filter(subject="brand", code=TRADE_MARK, retired_at=None).first()
    return known or _evidence(
        actor, now, brand, brand_id, supplier_id=brand.supplier_id, media_id=media_id, title=brand.name,
        valid_until_on=valid_until_on, requirement=point, **more,
    )  # fmt: skip


@transaction.atomic
def add_link(
    *,
    actor: Actor,
    now: datetime,
    brand_id: UUID,
    supplier_id: UUID,
    grantor: str,
    grantee: str,
    media_id: UUID,
    valid_until_on: date | None = None,
) -> AuthorisationLink:
    """Put a link behind the last one of a supplier's chain, with the private document that shows it.

    The supplier keeps the brand, or the brand is approved. An approved brand whose keeper changes its chain is screened
    again. After: the link, its evidence, event brand.chain_changed.
    Errors: NotFound, NotEvidence, Invalid, ChainTooLong.
    """
    brand = _locked_to_sell(actor, brand_id, supplier_id)
    names = checked_texts(LINK, {"grantor": grantor, "grantee": grantee})
    chain = chain_of(brand_id, supplier_id)
    if len(chain) >= LINKS_MAX:
        raise ChainTooLong(most=LINKS_MAX)
    media_id, link_id = _own_document(actor, media_id), new_id()
    if Evidence.objects.filter(id__in=[link.evidence_id for link in chain], media_id=media_id).exists():
        raise Invalid(fields={"document": "This document stands in the chain already."})
    evidence = _evidence(
        actor, now, brand, link_id, supplier_id=supplier_id, media_id=media_id, valid_until_on=valid_until_on,
        title=f"{names['grantor']} > {names['grantee']}"[:TITLE_CHARS_MAX],
    )  # fmt: skip
    link = AuthorisationLink.objects.create(
        id=link_id, brand=brand, supplier_id=supplier_id, position=chain[-1].position + 1 if chain else 0,
        evidence_id=evidence.id, valid_until_on=valid_until_on, created_at=now, **names,
    )  # fmt: skip
    _chain_changed(actor, now, brand, supplier_id)
    return link


@transaction.atomic
def remove_link(*, actor: Actor, now: datetime, link_id: UUID) -> None:
    """Take a link out of a chain; its document stays as evidence that was once handed in.

    After: event brand.chain_changed; an approved brand is screened again when its keeper's chain changed.
    Errors: NotFound.
    """
    link = AuthorisationLink.objects.filter(id=link_id).first()
    if link is None:
        raise NotFound()
    brand = _locked_to_sell(actor, link.brand_id, link.supplier_id)
    if AuthorisationLink.objects.filter(id=link_id).delete()[0]:
        _chain_changed(actor, now, brand, link.supplier_id)


@transaction.atomic
def screen_brand(
    *, actor: Actor, now: datetime, brand_id: UUID, verdict: str, reason: str, remarks: Remarks | None = None
) -> Decision:
    """Decide on a brand: approved, rejected or suspended, by the table of states in `goods.brands.rules`.

    Before approval: its supplier is approved, the certificate of the mark lies there, it tells its story, the chain
    from the owner to the supplier holds today, and the points of its checklist are shown (`remarks` waive).
    After: its state (and approved_at), a decision naming the evidence that lay there, event brand.<verdict>.
    Errors: Forbidden, NotFound, UnknownVerdict, UnknownPoint, NotReady, WrongBrandState, Invalid.
    """
    require_role(actor, "operator")
    person_id = require_person(actor)
    if verdict not in VERDICTS:
        raise UnknownVerdict(verdict=verdict)
    brand = locked_brand(actor, brand_id)
    about = about_brand(brand)
    items = read_checklist(about.subject, now)
    said = checked_remarks(items, remarks)
    faults = list_brand_faults(brand, today=local_day(now)) if verdict == Verdict.APPROVED else []
    move_brand(brand, verdict)
    if verdict == Verdict.APPROVED:
        refuse_faults([*faults, *paper_faults([item.point for item in items], said)], items, said)
        brand.approved_at = now
        brand.save(update_fields=["approved_at"])
    return decide(
        about, now=now, verdict=verdict, reason=reason, by_id=person_id, items=items, remarks=said,
        evidence_ids=_lying_there(brand),
    )  # fmt: skip


def list_brand_faults(brand: Brand, *, today: date) -> list[str]:
    """Return why a brand could not be approved today; empty when it could. Three statements."""
    certificates = Evidence.objects.filter(subject_id=brand.id).exclude(valid_until_on__lt=today)
    return approval_faults(
        supplier_state=brand.supplier.state,
        has_certificate=certificates.exists(),
        has_story=bool(brand.story or brand.story_zh),
        chain=chain_faults_of(brand, brand.supplier_id, today=today),
    )


def _lying_there(brand: Brand) -> list[str]:
    """Return the ids of the documents that a decision is taken on: certificates, then the chain's, in order."""
    certificates = Evidence.objects.filter(subject_id=brand.id).order_by("id").values_list("id", flat=True)
    return [str(i) for i in (*certificates, *(link.evidence_id for link in chain_of(brand.id, brand.supplier_id)))]


def _locked_to_sell(actor: Actor, brand_id: UUID, supplier_id: UUID) -> Brand:
    access_brand_to_sell(actor, brand_id, supplier_id)
    return Brand.objects.select_for_update(of=("self",)).select_related("supplier").get(id=brand_id)


def _chain_changed(actor: Actor, now: datetime, brand: Brand, supplier_id: UUID) -> None:
    record(Happened("brand.chain_changed", brand.id, now, {"supplier_id": supplier_id}, actor.person_id))
    if supplier_id == brand.supplier_id:
        screen_again(brand, actor, now)


def _own_document(actor: Actor, media_id: UUID) -> UUID:
    """Return the id if it is a private document that the actor uploaded. Errors: NotFound, NotEvidence."""
    media = access_media(actor, media_id)
    if media.kind != MediaKind.DOCUMENT or media.owner_id != require_person(actor):
        raise NotEvidence()
    return media.id


def _evidence(actor: Actor, now: datetime, brand: Brand, subject_id: UUID, **fields: Any) -> Evidence:
    """Write a document of a brand: of the brand itself (its certificate), or of one link of a chain.

    A link's document has the link as its subject, so that what a removed link showed is no certificate of the mark.
    """
    person_id = require_person(actor)
    evidence = Evidence.objects.create(subject_id=subject_id, by_id=person_id, created_at=now, **fields)
    record(Happened("evidence.handed_in", brand.id, now, {"evidence_id": evidence.id}, person_id))
    return evidence
