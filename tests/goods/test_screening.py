"""Screening: evidence, verdicts by the tables of states."""

from __future__ import annotations

from uuid import UUID

import pytest

from renmai.goods.products.actions import WrongProductState
from renmai.goods.products.models import Product
from renmai.goods.screening.actions import (
    NotEvidence,
    UnknownVerdict,
    hand_in_evidence,
    screen_product,
    screen_supplier,
)
from renmai.goods.screening.deciding import NotReady
from renmai.goods.screening.models import Decision
from renmai.goods.screening.queries import access_evidence, can_read_evidence, list_decisions, list_evidence
from renmai.goods.suppliers.actions import WrongSupplierState
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from tests.goods.pool import NOW, member, operator, product, refused, strangers, supplier

pytestmark = pytest.mark.django_db


def document(owner: Actor, kind: str = "document") -> UUID:
    made = Media.objects.create(
        owner_id=owner.person_id, kind=kind, visibility="private" if kind == "document" else "public",
        sha256=f"{new_id().int:064x}", bytes_size=1, content_type="application/pdf", original_name="a.pdf", created_at=NOW,
    )  # fmt: skip
    return made.id


def test_evidence_is_private_to_the_supplier_and_operators() -> None:
    row = supplier(state="applied")
    own, op = member(row), operator()
    media = document(own)
    handed = hand_in_evidence(actor=own, now=NOW, subject_id=row.id, media_id=media, title="Licence")
    assert hand_in_evidence(actor=own, now=NOW, subject_id=row.id, media_id=media, title="Again") == handed
    assert Event.objects.filter(kind="evidence.handed_in").count() == 1
    for reader in (own, op):
        assert access_evidence(reader, handed.id) == handed
        assert list_evidence(reader, row.id) == [handed]
        assert can_read_evidence(reader, Media.objects.get(id=media))
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        assert not can_read_evidence(stranger, Media.objects.get(id=media))
        refused(kind, lambda actor=stranger: access_evidence(actor, handed.id))
        refused(kind, lambda actor=stranger: list_decisions(actor, row.id))
        refused(
            kind,
            lambda actor=stranger: hand_in_evidence(actor=actor, now=NOW, subject_id=row.id, media_id=media, title="x"),
        )


def test_only_ones_own_document_is_evidence() -> None:
    row = supplier(state="applied")
    own, other = member(row), member(row)
    hand = lambda media: hand_in_evidence(actor=own, now=NOW, subject_id=row.id, media_id=media, title="x")
    foreign, picture = document(other), document(own, "picture")
    refused(NotFound, lambda: hand(foreign))
    refused(NotEvidence, lambda: hand(picture))


def test_a_supplier_is_approved_on_evidence_only() -> None:
    row = supplier(state="applied")
    own, op = member(row), operator()
    media = document(own)

    def screen(verdict: str, actor: Actor = op, reason: str = "Checked.") -> Decision:
        return screen_supplier(actor=actor, now=NOW, supplier_id=row.id, verdict=verdict, reason=reason)

    assert refused(NotReady, lambda: screen("approved")).params == {"faults": "no_evidence"}
    for stranger in [*strangers(), own]:
        refused(Forbidden if stranger.person_id else SignInNeeded, lambda actor=stranger: screen("approved", actor))
    handed = hand_in_evidence(actor=own, now=NOW, subject_id=row.id, media_id=media, title="Licence")
    refused(Invalid, lambda: screen("approved", reason=" "))
    refused(UnknownVerdict, lambda: screen("applied"))
    refused(WrongSupplierState, lambda: screen("suspended"))
    assert screen("approved").evidence_ids == [str(handed.id)]
    row.refresh_from_db()
    assert row.state == "approved"
    refused(WrongSupplierState, lambda: screen("approved"))
    screen("suspended")
    screen("approved")
    assert [d.verdict for d in list_decisions(own, row.id)] == ["approved", "suspended", "approved"]
    kinds = (
        Event.objects.filter(subject_id=row.id, kind__startswith="supplier")
        .order_by("id")
        .values_list("kind", flat=True)
    )
    assert list(kinds) == ["supplier.approved", "supplier.suspended", "supplier.approved"]


def screen(row: Product, verdict: str = "approved", actor: Actor | None = None) -> Decision:
    return screen_product(actor=actor or operator(), now=NOW, product_id=row.id, verdict=verdict, reason="Checked.")


def test_a_product_is_approved_when_everything_is_so() -> None:
    op, waiting = operator(), supplier("W", "applied")
    refusals = {
        "supplier_not_approved": product(waiting, state="screening"),
        "nothing_to_sell": product(supplier(), "empty", state="screening", bands=()),
        "above_cap": product(supplier(), "dear", state="screening", bands=((1000, 1000, 3000), (1000, 1000, 3001))),
    }
    for fault, row in refusals.items():
        assert refused(NotReady, lambda row=row: screen(row, actor=op)).params == {"faults": fault}
    good = product(supplier(), "cap", state="screening", bands=((1000, 1000, 3000),))
    decision = screen(good, actor=op)
    good.refresh_from_db()
    assert (good.state, good.approved_at, decision.verdict) == ("approved", NOW, "approved")
    refused(WrongProductState, lambda: screen(good, actor=op))


def test_only_operators_decide_on_products() -> None:
    row = product(supplier(), state="screening")
    for stranger in [*strangers(), member(row.supplier)]:
        kind = Forbidden if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: screen(row, actor=actor))
    op = operator()
    refused(NotFound, lambda: screen_product(actor=op, now=NOW, product_id=new_id(), verdict="approved", reason="x"))
    assert screen(row, "rejected", op).verdict == "rejected"
