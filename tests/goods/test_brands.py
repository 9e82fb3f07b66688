"""Brands: made, changed, proven, authorised link by link, screened, and put on goods."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from renmai.goods.brands.actions import (
    NotBrandPicture,
    SlugTaken,
    TooManyProofs,
    WrongBrandState,
    add_proof,
    change_brand,
    make_brand,
    remove_proof,
    submit_brand,
)
from renmai.goods.brands.models import AuthorisationLink, Brand, BrandState
from renmai.goods.brands.queries import (
    brand_faults,
    chain_of,
    find_public_brand,
    list_brand_choices,
    list_brands_to_screen,
    list_own_brands,
    name_brands,
)
from renmai.goods.brands.rules import STEPS, Link, chain_faults, may_become, same_name
from renmai.goods.products.brand import set_brand
from renmai.goods.products.models import ProductChange
from renmai.goods.screening.actions import NotEvidence, UnknownVerdict
from renmai.goods.screening.brand_actions import (
    ChainTooLong,
    add_certificate,
    add_link,
    remove_link,
    screen_brand,
)
from renmai.goods.screening.deciding import NotReady
from renmai.goods.screening.models import Evidence
from renmai.goods.screening.queries import access_evidence, list_decisions, list_evidence
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from tests.goods.pool import NOW, member, operator, product, refused, strangers, supplier

db = pytest.mark.django_db
TODAY = NOW.date()
OWNER = "Jingdezhen Clay Ltd"


def document(owner: Actor, kind: str = "document") -> UUID:
    return Media.objects.create(
        owner_id=owner.person_id, kind=kind, visibility="private" if kind == "document" else "public",
        sha256=f"{new_id().int:064x}", bytes_size=1, content_type="application/pdf", original_name="a.pdf", created_at=NOW,
    ).id  # fmt: skip


def brand(own: Actor, of: Supplier, name: str = "Clay & Sky", **fields: Any) -> Brand:
    given_fields = {"owner": OWNER, "story": "Two sisters and a kiln."} | fields
    return make_brand(actor=own, now=NOW, supplier_id=of.id, name=name, **given_fields)


def link(own: Actor, row: Brand, grantor: str, grantee: str, until: date | None = None, **more: Any) -> Any:
    given_fields = {"supplier_id": row.supplier_id, "media_id": more.get("media_id") or document(own)} | more
    return add_link(
        actor=own, now=NOW, brand_id=row.id, grantor=grantor, grantee=grantee, valid_until_on=until, **given_fields
    )


def screen(op: Actor, row: Brand, verdict: str = "approved", reason: str = "Looked at.") -> Any:
    return screen_brand(actor=op, now=NOW, brand_id=row.id, verdict=verdict, reason=reason)


def approved(own: Actor, of: Supplier, op: Actor, name: str = "Clay & Sky") -> Brand:
    """A brand whose mark its supplier owns."""
    row = brand(own, of, name, owner=of.name)
    add_certificate(actor=own, now=NOW, brand_id=row.id, media_id=document(own), number="12345678")
    submit_brand(actor=own, now=NOW, brand_id=row.id)
    screen(op, row)
    row.refresh_from_db()
    return row


def test_a_chain_runs_from_the_owner_to_the_supplier() -> None:
    def faults(*links: tuple[str, str], owner: str = "A", to: Any = "C", until: date | None = None) -> list[str]:
        return chain_faults(owner, to, [Link(one, other, until) for one, other in links], TODAY)

    assert faults(("A", "B"), ("B", "C")) == []
    assert faults(("A", "C")) == []
    assert faults(("a ", "C\u3000"), to=("X", "C")) == []
    assert faults() == ["no_chain"]
    assert faults(owner="C") == []
    assert faults(to=("", "A")) == []
    assert faults(owner="", to=("", "C")) == ["no_chain"]
    assert faults(("B", "C")) == ["not_from_owner"]
    assert faults(("A", "B"), ("X", "C")) == ["chain_broken"]
    assert faults(("A", "B")) == ["not_to_supplier"]
    assert faults(("X", "B"), ("Y", "Z")) == ["not_from_owner", "chain_broken", "not_to_supplier"]
    assert faults(("A", "C"), until=TODAY) == []
    assert faults(("A", "C"), until=TODAY - timedelta(days=1)) == ["link_expired"]
    assert same_name("景德镇\uff08窑\uff09 公司", "景德镇(窑)公司")


@given(st.lists(st.text("abcde", min_size=1, max_size=2), min_size=2, max_size=7))
def test_any_unbroken_chain_holds_and_each_cut_breaks_it(names: list[str]) -> None:
    links = [Link(one, other) for one, other in itertools.pairwise(names)]
    assert chain_faults(names[0], names[-1], links, TODAY) == []
    for place in range(len(links)):
        cut = [*links[:place], Link("stranger", "stranger"), *links[place + 1 :]]
        assert chain_faults(names[0], names[-1], cut, TODAY)


def test_the_table_of_states_is_closed() -> None:
    states = set(BrandState.values)
    assert set(STEPS) == states
    steps = {(one, other) for one in states for other in states if may_become(one, other)}
    assert steps == {
        ("draft", "applied"), ("applied", "approved"), ("applied", "rejected"), ("rejected", "applied"),
        ("approved", "applied"), ("approved", "suspended"), ("suspended", "approved"),
    }  # fmt: skip


@db
def test_a_brand_is_made_and_changed_by_its_supplier_only() -> None:
    of = supplier()
    own = member(of)
    row = brand(own, of, "Clay & Sky", founded=1987, name_zh="泥与天", town="Jingdezhen")
    assert (row.slug, row.state, row.founded, row.country) == ("clay-sky", "draft", 1987, "CN")
    assert brand(own, of, "Clay & Sky").slug.startswith("clay-sky-")
    assert brand(own, of, "泥与天").slug == "brand"
    assert brand(own, of, "Other", slug="Clay-Works").slug == "clay-works"
    refused(SlugTaken, lambda: brand(own, of, "Other", slug="clay-works"))
    for slug in ("a b", "-a", "窑"):
        refused(Invalid, lambda slug=slug: brand(own, of, "Other", slug=slug))
    for year in (999, NOW.year + 1):
        refused(Invalid, lambda year=year: brand(own, of, "Other", founded=year))
    refused(Invalid, lambda: brand(own, of, ""))
    picture, theirs = document(own, "picture"), document(member(of), "picture")
    change_brand(actor=own, now=NOW, brand_id=row.id, face_id=picture, story_zh="两姐妹。")
    change_brand(actor=own, now=NOW, brand_id=row.id, face_id=picture)
    assert Event.objects.get(kind="brand.changed").data == {"fields": ["face_id", "story_zh"]}
    refused(NotBrandPicture, lambda: change_brand(actor=own, now=NOW, brand_id=row.id, cover_id=theirs))
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: brand(actor, of))
        refused(kind, lambda actor=stranger: change_brand(actor=actor, now=NOW, brand_id=row.id, story="Mine."))
        refused(kind, lambda actor=stranger: submit_brand(actor=actor, now=NOW, brand_id=row.id))
        refused(kind, lambda actor=stranger: list_own_brands(actor, of.id))
        refused(kind, lambda actor=stranger: list_brand_choices(actor, of.id))
    assert len(list_own_brands(own, of.id)) == 4
    refused(NotFound, lambda: find_public_brand("clay-sky"))


@db
def test_proofs_are_shown_and_taken_off() -> None:
    of = supplier()
    own = member(of)
    row = brand(own, of)
    add = lambda **more: add_proof(actor=own, now=NOW, brand_id=row.id, **({"title": "Kiln visited"} | more))
    proof = add(issuer="Ministry", number="7", issued_on=date(2020, 5, 1), picture_id=document(own, "picture"))
    assert list(row.proofs.all()) == [proof]
    refused(Invalid, lambda: add(title=""))
    refused(Invalid, lambda: add(issued_on=TODAY + timedelta(days=1)))
    refused(NotBrandPicture, lambda: add(picture_id=new_id()))
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: add_proof(actor=actor, now=NOW, brand_id=row.id, title="x"))
        refused(kind, lambda actor=stranger: remove_proof(actor=actor, now=NOW, brand_id=row.id, proof_id=proof.id))
    for _ in range(23):
        add()
    refused(TooManyProofs, add)
    remove_proof(actor=own, now=NOW, brand_id=row.id, proof_id=proof.id)
    refused(NotFound, lambda: remove_proof(actor=own, now=NOW, brand_id=row.id, proof_id=proof.id))
    assert row.proofs.count() == 23


@db
def test_screening_asks_for_mark_story_and_chain() -> None:
    of = supplier("Hill Trading", state="applied")
    own, op = member(of), operator()
    row = brand(own, of, story="")
    refused(WrongBrandState, lambda: screen(op, row, "rejected"))
    submit_brand(actor=own, now=NOW, brand_id=row.id)
    submit_brand(actor=own, now=NOW, brand_id=row.id)
    assert Event.objects.filter(kind="brand.applied").count() == 1
    found = refused(NotReady, lambda: screen(op, row))
    assert found.params == {"faults": "supplier_not_approved, no_certificate, no_story, no_chain"}
    of.state = "approved"
    of.save()
    change_brand(actor=own, now=NOW, brand_id=row.id, story="A kiln.")
    add_certificate(
        actor=own, now=NOW, brand_id=row.id, media_id=document(own), valid_until_on=TODAY - timedelta(days=1)
    )
    assert refused(NotReady, lambda: screen(op, row)).params == {"faults": "no_certificate, no_chain"}
    mark = add_certificate(actor=own, now=NOW, brand_id=row.id, media_id=document(own), number="1")
    one = link(own, row, OWNER, "Agent Co")
    assert refused(NotReady, lambda: screen(op, row)).params == {"faults": "not_to_supplier"}
    two = link(own, row, "agent co", "HILL trading", TODAY)
    decision = screen(op, row)
    assert decision.evidence_ids[1:] == [str(mark.id), str(one.evidence_id), str(two.evidence_id)]
    row.refresh_from_db()
    assert (row.state, row.approved_at) == ("approved", NOW)
    assert find_public_brand(row.slug) == row
    assert name_brands([row.id])[row.id]["name"] == "Clay & Sky"
    refused(UnknownVerdict, lambda: screen(op, row, "recalled"))
    refused(Invalid, lambda: screen(op, row, "suspended", " "))
    for stranger in [*strangers(), own]:
        refused(Forbidden if stranger.person_id else SignInNeeded, lambda actor=stranger: screen(actor, row))
    screen(op, row, "suspended")
    refused(NotFound, lambda: find_public_brand(row.slug))
    screen(op, row)
    assert [d.verdict for d in list_decisions(own, row.id)] == ["approved", "suspended", "approved"]
    assert list_brands_to_screen(op, state="approved") == [row]


@db
def test_days_are_those_of_the_house() -> None:
    of = supplier("Hill Trading")
    own, op, tomorrow = member(of), operator(), TODAY + timedelta(days=1)
    evening = NOW.replace(hour=20)  # the next morning in Shanghai
    row = brand(own, of)
    add_certificate(actor=own, now=NOW, brand_id=row.id, media_id=document(own))
    link(own, row, OWNER, "Hill Trading", TODAY)
    submit_brand(actor=own, now=NOW, brand_id=row.id)
    late = lambda: screen_brand(actor=op, now=evening, brand_id=row.id, verdict="approved", reason="Looked at.")
    assert refused(NotReady, late).params == {"faults": "link_expired"}
    add_proof(actor=own, now=evening, brand_id=row.id, title="Kiln visited", issued_on=tomorrow)


@db
def test_what_was_screened_and_changes_is_screened_again() -> None:
    of = supplier()
    own, op = member(of), operator()
    row = approved(own, of, op)
    change_brand(actor=own, now=NOW, brand_id=row.id, story="More.")
    assert Brand.objects.get().state == "approved"
    change_brand(actor=own, now=NOW, brand_id=row.id, owner="Someone")
    assert Brand.objects.get().state == "applied"
    assert refused(NotReady, lambda: screen(op, row)).params == {"faults": "no_chain"}
    made = link(own, row, "Someone", of.name)
    screen(op, row)
    remove_link(actor=own, now=NOW, link_id=made.id)
    assert Brand.objects.get().state == "applied"
    assert access_evidence(own, made.evidence_id).subject_id == made.id
    assert [e.id for e in list_evidence(op, row.id)] == [Evidence.objects.get(subject_id=row.id).id]
    screen(op, row, "rejected", "The mark moved to another owner.")
    submit_brand(actor=own, now=NOW, brand_id=row.id)


@db
def test_links_carry_documents_that_only_their_supplier_and_operators_read() -> None:
    of, other = supplier(), supplier("Hill")
    own, op, hill = member(of), operator(), member(other)
    row = approved(own, of, op)
    media = document(hill)
    made = link(hill, row, of.name, "Hill", supplier_id=other.id, media_id=media)
    assert Brand.objects.get().state == "approved"
    assert [one.id for one in chain_of(row.id, other.id)] == [made.id]
    refused(Invalid, lambda: link(hill, row, "Hill", "Hill 2", supplier_id=other.id, media_id=media))
    refused(NotFound, lambda: access_evidence(own, made.evidence_id))
    refused(NotFound, lambda: remove_link(actor=own, now=NOW, link_id=made.id))
    assert access_evidence(op, made.evidence_id).id == made.evidence_id
    foreign, picture = document(own), document(hill, "picture")
    refused(NotFound, lambda: link(hill, row, "a", "b", supplier_id=other.id, media_id=foreign))
    refused(NotEvidence, lambda: link(hill, row, "a", "b", supplier_id=other.id, media_id=picture))
    refused(NotFound, lambda: add_certificate(actor=hill, now=NOW, brand_id=row.id, media_id=media))
    for _ in range(7):
        link(hill, row, "Hill", "Hill", supplier_id=other.id)
    extra = document(hill)
    refused(ChainTooLong, lambda: link(hill, row, "Hill", "Hill", supplier_id=other.id, media_id=extra))
    draft = brand(own, of, "Draft")
    refused(NotFound, lambda: link(hill, draft, of.name, "Hill", supplier_id=other.id, media_id=extra))
    assert AuthorisationLink.objects.count() == 8


@db
def test_goods_carry_a_brand_that_screening_checks() -> None:
    of, other = supplier(), supplier("Hill")
    own, op, hill = member(of), operator(), member(other)
    row = approved(own, of, op)
    mug, tea = product(of), product(other, "tea", state="draft")
    assert brand_faults(mug, today=TODAY) == []
    assert set_brand(actor=own, now=NOW, product_id=mug.id, brand_id=row.id).state == "screening"
    set_brand(actor=own, now=NOW, product_id=mug.id, brand_id=row.id)
    change = ProductChange.objects.get()
    assert (change.kind, change.field, change.before, change.after) == ("text", "brand", None, str(row.id))
    mug.refresh_from_db()
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert brand_faults(mug, today=TODAY) == []
    assert len(counted) == 3
    refused(NotFound, lambda: set_brand(actor=hill, now=NOW, product_id=tea.id, brand_id=row.id))
    refused(NotFound, lambda: set_brand(actor=hill, now=NOW, product_id=mug.id, brand_id=None))
    made = link(hill, row, of.name, "Somebody", supplier_id=other.id)
    assert list_brand_choices(hill, other.id) == [row]
    set_brand(actor=hill, now=NOW, product_id=tea.id, brand_id=row.id)
    tea.refresh_from_db()
    assert (tea.state, brand_faults(tea, today=TODAY)) == ("draft", ["not_to_supplier"])
    remove_link(actor=hill, now=NOW, link_id=made.id)
    link(hill, row, of.name, "Hill", TODAY, supplier_id=other.id)
    assert brand_faults(tea, today=TODAY) == []
    assert brand_faults(tea, today=TODAY + timedelta(days=1)) == ["link_expired"]
    screen(op, row, "suspended")
    assert brand_faults(tea, today=TODAY) == ["brand_not_approved"]
    set_brand(actor=hill, now=NOW, product_id=tea.id, brand_id=None)
    tea.refresh_from_db()
    assert brand_faults(tea, today=TODAY) == []
