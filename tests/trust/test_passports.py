"""Passports in a house: whom they are issued to, what is taken in, what counts, who may, and what stays when somebody goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import ANONYMOUS, SYSTEM, Actor, Grant
from renmai.kit.events.actions import deliver_all
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded, TooMany
from renmai.trust.effects.models import SellerLevel
from renmai.trust.facts.models import Fact, Subject
from renmai.trust.log.appending import append_entries
from renmai.trust.log.publishing import publish
from renmai.trust.passports.actions import (
    ChallengeMissing,
    PassportNotNow,
    ask_passport,
    import_passport,
    issue_passport,
    withdraw_passport,
)
from renmai.trust.passports.contents import NothingToCarry
from renmai.trust.passports.document import check, read
from renmai.trust.passports.erasing import forget_passports
from renmai.trust.passports.faults import PassportUnreadable
from renmai.trust.passports.houses import HouseIsOwn, HouseKnown, HouseNotNow, add_house, revoke_house
from renmai.trust.passports.identity import (
    AddressBad,
    LogNotBegun,
    NoHouseThere,
    did_document,
    did_of,
    issuer_of,
    own_did,
    own_house,
)
from renmai.trust.passports.models import KnownHouse, Passport, PassportAsk
from renmai.trust.passports.queries import elsewhere, list_houses, list_incoming, list_passports
from renmai.trust.passports.sellers import Seller
from renmai.trust.scores.actions import sweep_scores
from renmai.trust.scores.rules import market_of
from tests.trust.passport_made import NOW, TODAY, House, leaf, leaves

pytestmark = pytest.mark.usefixtures("house")

THERE = House()
SUPPLIER = new_id()
OPERATOR = Actor(person_id=new_id(), grants=frozenset({Grant("operator")}))
ACTOR = Actor(person_id=new_id(), grants=frozenset({Grant("supplier", SUPPLIER)}))
STRANGER = Actor(person_id=new_id(), grants=frozenset({Grant("supplier", new_id())}))
CREATOR = Actor(person_id=new_id(), grants=frozenset({Grant("creator", new_id()), Grant("owner", new_id())}))
MINE = Seller("supplier", SUPPLIER)


def known(house: House = THERE) -> KnownHouse:
    return add_house(actor=OPERATOR, now=NOW, issuer=house.issuer)


def brought(
    actor: Actor = ACTOR,
    *,
    house: House = THERE,
    supplier_id: UUID | None = SUPPLIER,
    count: int = 40,
    late: int = 0,
    **changes: Any,
) -> bytes:
    """Return a passport of the other house for a code that was taken here just now."""
    ask = ask_passport(actor=actor, now=NOW, supplier_id=supplier_id)
    given = {"challenge": ask.challenge, "domain": own_did(), "credential_id": f"urn:uuid:{new_id()}"} | changes
    return house.passport(leaves(count, late=late), **given)


def taken_in(raw: bytes, actor: Actor = ACTOR, supplier_id: UUID | None = SUPPLIER, seconds: int = 0) -> Passport:
    return import_passport(actor=actor, now=NOW + timedelta(seconds=seconds), raw=raw, supplier_id=supplier_id)


def refusal(passport: Passport) -> str:
    assert passport.state == "refused"
    assert elsewhere(MINE, own_facts=0, on=TODAY) is None
    return str(passport.refusal["code"])


def test_a_verified_passport_counts_apart_and_bounded() -> None:
    known()
    passport = taken_in(brought())
    assert (passport.state, passport.facts, passport.weighed, passport.facts_total) == ("verified", 40, 40, 40)
    found = elsewhere(MINE, own_facts=0, on=TODAY)
    assert found is not None
    assert (found.points, found.passport) == (10, passport)
    later = elsewhere(MINE, own_facts=15, on=TODAY)
    assert later is not None
    assert later.points == 5
    assert elsewhere(MINE, own_facts=0, on=TODAY + timedelta(days=180)) is None
    assert elsewhere(MINE, own_facts=0, on=TODAY + timedelta(days=179)) is not None
    assert elsewhere(Seller("supplier", new_id()), own_facts=0, on=TODAY) is None
    assert [p.id for p in list_passports(ACTOR, SUPPLIER)] == [passport.id]
    assert Fact.objects.count() == 0


def test_a_bad_record_elsewhere_gives_nothing() -> None:
    known()
    passport = taken_in(brought(late=40, market=market_of([], NOW.date())))
    found = elsewhere(MINE, own_facts=0, on=TODAY)
    assert passport.value is not None
    assert passport.value <= 50
    assert found is not None
    assert found.points == 0


def unknown_house() -> bytes:
    return brought(house=House("unknown.example", b"\7" * 32))


def without_a_code() -> bytes:
    return THERE.passport(leaves(40), domain=own_did())


def for_another_house() -> bytes:
    return brought(domain="did:web:third.example")


def of_a_creator() -> bytes:
    return brought(role="creator")


def by_another_key() -> bytes:
    return brought(house=House(seed=b"\3" * 32))


@pytest.mark.parametrize(("made", "code"), [
    (unknown_house, "passport.house_unknown"), (without_a_code, "passport.not_yours"), (for_another_house, "passport.not_yours"),
    (of_a_creator, "passport.score_bad"), (by_another_key, "passport.signature_bad"),
])  # fmt: skip
def test_what_does_not_hold_is_kept_with_its_reason_and_counts_for_nothing(
    made: Callable[[], bytes], code: str
) -> None:
    known()
    assert refusal(taken_in(made())) == code
    assert not PassportAsk.objects.exclude(used_at=None).exists()


def test_nothing_is_kept_of_what_cannot_be_read() -> None:
    known()
    with pytest.raises(PassportUnreadable):
        taken_in(b"{}")
    assert Passport.objects.count() == 0


def test_a_stranger_who_got_the_file_cannot_use_it() -> None:
    known()
    raw = brought()
    theirs = STRANGER.subjects("supplier")[0]
    assert refusal(taken_in(raw, STRANGER, theirs)) == "passport.not_yours"
    assert taken_in(raw).state == "verified"


def test_a_code_is_good_once_and_for_a_day() -> None:
    known()
    ask = ask_passport(actor=ACTOR, now=NOW, supplier_id=SUPPLIER)
    late = THERE.passport(leaves(40), challenge=ask.challenge, domain=own_did(), now=NOW)
    assert refusal(taken_in(late, seconds=86_400)) == "passport.not_yours"
    assert taken_in(late, seconds=86_399).state == "verified"
    other = THERE.passport(leaves(40), challenge=ask.challenge, domain=own_did(), credential_id="urn:uuid:2")
    assert taken_in(other).refusal["code"] == "passport.not_yours"


def test_the_same_passport_is_not_taken_in_twice_and_a_newer_one_replaces_it() -> None:
    known()
    first = brought(credential_id="urn:uuid:1")
    assert taken_in(first).state == "verified"
    assert taken_in(first).refusal["code"] == "passport.not_yours"
    again = brought(credential_id="urn:uuid:1")
    assert taken_in(again).refusal["code"] == "passport.carried_before"
    assert taken_in(brought(count=50)).state == "verified"
    assert sorted(Passport.objects.values_list("state", "facts")) == [
        ("refused", None), ("refused", None), ("replaced", 40), ("verified", 50),
    ]  # fmt: skip


def test_one_seller_there_is_one_seller_here() -> None:
    known()
    first = taken_in(brought())
    theirs = STRANGER.subjects("supplier")[0]
    second = taken_in(brought(STRANGER, supplier_id=theirs), STRANGER, theirs)
    assert second.refusal["code"] == "passport.carried_before"
    withdraw_passport(actor=ACTOR, now=NOW, passport_id=first.id)
    third = taken_in(brought(STRANGER, supplier_id=theirs), STRANGER, theirs)
    assert third.refusal["code"] == "passport.carried_before"


def test_withdrawn_it_counts_no_more_and_only_its_owner_may() -> None:
    known()
    passport = taken_in(brought())
    for actor, refused in ((STRANGER, NotFound), (ANONYMOUS, SignInNeeded), (CREATOR, NotFound)):
        with pytest.raises(refused):
            withdraw_passport(actor=actor, now=NOW, passport_id=passport.id)
    assert elsewhere(MINE, own_facts=0, on=TODAY) is not None
    withdraw_passport(actor=ACTOR, now=NOW, passport_id=passport.id)
    assert elsewhere(MINE, own_facts=0, on=TODAY) is None
    with pytest.raises(PassportNotNow):
        withdraw_passport(actor=ACTOR, now=NOW, passport_id=passport.id)
    with pytest.raises(NotFound):
        withdraw_passport(actor=ACTOR, now=NOW, passport_id=new_id())


def test_a_revoked_house_counts_no_more_and_may_come_back() -> None:
    there = known()
    taken_in(brought())
    revoke_house(actor=OPERATOR, now=NOW, house_id=there.id)
    assert elsewhere(MINE, own_facts=0, on=TODAY) is None
    assert refusal(taken_in(brought())) == "passport.house_unknown"
    with pytest.raises(HouseNotNow):
        revoke_house(actor=OPERATOR, now=NOW, house_id=there.id)
    assert known().state == "allowed"
    assert elsewhere(MINE, own_facts=0, on=TODAY) is not None
    kinds = list(Event.objects.filter(subject_id=there.id).order_by("id").values_list("kind", flat=True))
    assert kinds == ["house.allowed", "house.revoked", "house.allowed"]


def test_a_known_house_keeps_its_key() -> None:
    there = known()
    assert known() == there
    other = issuer_of(THERE.issuer.did, House(seed=b"\3" * 32).issuer.key.text)
    with pytest.raises(HouseKnown):
        add_house(actor=OPERATOR, now=NOW, issuer=other)
    revoke_house(actor=OPERATOR, now=NOW, house_id=there.id)
    assert add_house(actor=OPERATOR, now=NOW, issuer=other).vkey == other.key.text
    with pytest.raises(HouseIsOwn):
        add_house(actor=OPERATOR, now=NOW, issuer=issuer_of(own_did(), other.key.text))


@pytest.mark.parametrize(("actor", "refused"), [(ACTOR, Forbidden), (ANONYMOUS, SignInNeeded)])
def test_only_operators_see_and_choose_houses(actor: Actor, refused: type[Exception]) -> None:
    there = known()
    for act in (
        lambda: add_house(actor=actor, now=NOW, issuer=THERE.issuer),
        lambda: revoke_house(actor=actor, now=NOW, house_id=there.id),
        lambda: list_houses(actor),
        lambda: list_incoming(actor),
    ):
        with pytest.raises(refused):
            act()
    assert KnownHouse.objects.get().state == "allowed"
    assert list_houses(OPERATOR) == [there]
    with pytest.raises(NotFound):
        revoke_house(actor=OPERATOR, now=NOW, house_id=new_id())


def own_facts(seller: Seller, count: int) -> Subject:
    """Write facts about a seller of this house, and publish them."""
    pseudonym = "c" * 25 + "m"
    subject = Subject.objects.create(pseudonym=pseudonym, role=seller.role, created_at=NOW, **seller.columns)
    with transaction.atomic(), connection.cursor() as cursor:
        first = append_entries(cursor, [leaf(n, subject=pseudonym, in_time=n > 0 or count == 1) for n in range(count)])
    Fact.objects.bulk_create(
        Fact(key=b"%032d" % n, subject=subject, kind="parcel.handed_over", day=NOW.date(), leaf_index=first + n)
        for n in range(count)
    )
    return subject


def test_what_this_house_issues_another_one_verifies() -> None:
    subject = own_facts(MINE, 30)
    publish(now=NOW)
    raw = issue_passport(actor=ACTOR, now=NOW, house="https://There.example/", challenge=" code ", supplier_id=SUPPLIER)
    own = own_house()
    assert own is not None
    found = check(read(raw), issuer=own.issuer, challenge="code", domain="did:web:there.example", now=NOW)
    assert (found.pseudonym, found.facts, found.facts_total, found.log_size) == (subject.pseudonym, 30, 30, 30)
    assert json.loads(raw)["credentialSubject"]["terms"]["settlement_days"] == 7
    [event] = Event.objects.filter(kind="passport.issued")
    assert (event.subject_id, event.data["house"]) == (subject.id, "did:web:there.example")


def test_the_newest_500_facts_are_carried_and_all_are_counted() -> None:
    own_facts(MINE, 510)
    publish(now=NOW)
    raw = issue_passport(actor=ACTOR, now=NOW, house="there.example", challenge="c", supplier_id=SUPPLIER)
    own = own_house()
    assert own is not None
    found = check(read(raw), issuer=own.issuer, challenge="c", domain="did:web:there.example", now=NOW)
    assert (found.facts, found.facts_total) == (499, 510)
    assert len(raw) < 600_000


def test_without_facts_or_a_code_nothing_is_issued() -> None:
    def ask(**changes: Any) -> bytes:
        given = {
            "actor": ACTOR,
            "now": NOW,
            "house": "there.example",
            "challenge": "c",
            "supplier_id": SUPPLIER,
        } | changes
        return issue_passport(**given)

    with pytest.raises(LogNotBegun):
        ask()
    own_facts(Seller("supplier", new_id()), 3)
    publish(now=NOW)
    with pytest.raises(NothingToCarry):
        ask()
    for changes, refused in (
        ({"challenge": " "}, ChallengeMissing), ({"challenge": "x" * 201}, ChallengeMissing), ({"house": "not a house"}, AddressBad),
        ({"supplier_id": new_id()}, NotFound), ({"actor": ANONYMOUS, "supplier_id": None}, SignInNeeded),
        ({"supplier_id": None}, NotFound),
    ):  # fmt: skip
        with pytest.raises(refused):
            ask(**changes)
    assert not Event.objects.filter(kind="passport.issued").exists()


def test_codes_and_imports_have_a_limit() -> None:
    for _ in range(20):
        ask_passport(actor=CREATOR, now=NOW)
    with pytest.raises(TooMany):
        ask_passport(actor=CREATOR, now=NOW)


def test_nothing_stays_of_who_is_erased() -> None:
    known()
    assert CREATOR.person_id is not None
    Passport.objects.create(
        person_id=CREATOR.person_id,
        issuer="did:web:x",
        credential_id="urn:uuid:9",
        state="refused",
        refusal={"code": "x"},
        at=NOW,
    )
    ask_passport(actor=CREATOR, now=NOW)
    taken_in(brought())
    with connection.cursor() as cursor:
        forget_passports(cursor, [Event(subject_id=CREATOR.person_id)])  # type: ignore[list-item]
    assert [p.supplier_id for p in Passport.objects.all()] == [SUPPLIER]
    assert not PassportAsk.objects.filter(person_id__isnull=False).exists()


@pytest.mark.parametrize(("address", "did"), [
    ("https://Shop.Example/", "did:web:shop.example"), ("shop.example", "did:web:shop.example"),
    ("http://127.0.0.1:8000", "did:web:127.0.0.1%3A8000"), ("did:web:127.0.0.1%3A8000", "did:web:127.0.0.1%3A8000"),
])  # fmt: skip
def test_a_house_by_its_address(address: str, did: str) -> None:
    assert did_of(address) == did


@pytest.mark.parametrize("address", [
    "", "ftp://shop.example", "https://shop.example/path", "https://a:b@shop.example", "https://shop.example:99999", "https://шоп.example", "a b",
    "https://shop.example?x=1", "did:key:z6Mk", "https://" + "a" * 400,
])  # fmt: skip
def test_what_is_no_address_of_a_house(address: str) -> None:
    with pytest.raises(AddressBad):
        did_of(address)


def test_the_document_of_this_house_names_its_key() -> None:
    assert own_house() is None
    own_facts(MINE, 1)
    publish(now=NOW)
    own = own_house()
    assert own is not None
    told = did_document(own)
    assert told["id"] == own_did()
    assert told["verificationMethod"][0]["id"] == told["assertionMethod"][0] == own.issuer.method
    assert issuer_of(own_did(), told["service"][0]["serviceEndpoint"]["vkey"]) == own.issuer
    with pytest.raises(NoHouseThere):
        issuer_of("did:web:x", "no key")


def test_the_house_itself_has_no_part_in_it() -> None:
    with pytest.raises(SignInNeeded):
        ask_passport(actor=SYSTEM, now=NOW)


def test_a_newcomer_with_a_good_record_elsewhere_is_none_to_effects_until_the_house_is_revoked() -> None:
    supplier = Supplier.objects.create(name="Potter", contact_email="p@example.com", created_at=NOW)
    mine = Seller("supplier", supplier.id)
    actor = Actor(person_id=new_id(), grants=frozenset({Grant("supplier", supplier.id)}))
    own_facts(mine, 1)
    sweep_scores(now=NOW)
    there = known()

    def level() -> tuple[str, int]:
        deliver_all(now=NOW)
        kept = SellerLevel.objects.get(holder_id=supplier.id)
        return kept.level, kept.score

    name, score = level()
    assert name == "newcomer"
    passport = taken_in(brought(actor, supplier_id=supplier.id), actor, supplier.id)
    assert level() == ("steady", score + 9)
    revoke_house(actor=OPERATOR, now=NOW, house_id=there.id)
    assert level() == ("newcomer", score)
    known()
    assert level() == ("steady", score + 9)
    withdraw_passport(actor=actor, now=NOW, passport_id=passport.id)
    assert level() == ("newcomer", score)
