"""The operator's house: people, shops and the audit trail, found by an index, by pages, and acted on with a reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.kit.access import ANONYMOUS, SYSTEM, Actor, Grant
from renmai.kit.beginnings import question_of
from renmai.kit.events.actions import Happened, record
from renmai.kit.events.models import Event
from renmai.kit.events.queries import Asked, list_trail, walk_trail
from renmai.kit.ids import new_id
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from renmai.people.accounts.actions import FactorNeeded, make_token
from renmai.people.accounts.finding import find_people
from renmai.people.accounts.models import Membership, Person
from renmai.people.accounts.queries import actor_by_token
from renmai.people.accounts.suspension import (
    LastOperator,
    NotOneself,
    PersonIsErased,
    let_person_in,
    make_operator,
    suspend_person,
    unmake_operator,
)
from renmai.people.moderation.models import Takedown
from renmai.places.shops.finding import find_shops
from renmai.places.shops.models import Shop
from renmai.web.operator.deed_words import DEEDS
from tests.trade.world import NOW, World, make_world
from tests.web.desk_world import key, statements, words_of
from tests.web.operator_world import LONG_EN, LONG_ZH, factor_code, make_desk, place, signed_in

EVENTS = Path(__file__).parents[2] / "docs" / "events.md"
PLAIN_SCANS = ("Seq Scan on people_person", "Seq Scan on places_shop", "Seq Scan on kit_event")


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def crowd(count: int) -> list[Person]:
    """People with names in two languages, addresses and numbers."""
    return Person.objects.bulk_create(
        Person(
            email=f"p{n:04}@example.org", phone=f"+86138{n:08}", name=("王芳" if n % 2 else "Mei Lin"), created_at=NOW
        )
        for n in range(count)
    )


def plan_of(statement: str) -> str:
    """How the database would find the rows of the one statement, were the table large."""
    with connection.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")
        try:
            cursor.execute(f"explain {statement}")
            return "\n".join(row[0] for row in cursor.fetchall())
        finally:
            cursor.execute("set enable_seqscan = on")


def test_what_is_typed_becomes_a_question() -> None:
    assert question_of("Mei  Lin") == "mei:* & lin:*"
    assert question_of("王芳") == "(王 <-> 芳)"
    assert question_of("tea王 & ! | : *") == "tea:* & (王)"
    assert question_of("!&|") == ""


def test_people_are_found_by_the_beginning_of_what_is_known(world: World) -> None:
    crowd(6)
    found = {words: len(find_people(world.operator, words=words)) for words in (
        "mei", "lin", "王芳", "芳", "p0001@", "p000", "+8613800000002", "138 0000 0003", "nobody", "%", "@", "' or 1=1",
    )}  # fmt: skip
    assert found == {
        "mei": 4, "lin": 4, "王芳": 3, "芳": 3, "p0001@": 1, "p000": 6, "+8613800000002": 1, "138 0000 0003": 1,
        "nobody": 0, "%": 0, "@": 0, "' or 1=1": 0,
    }  # fmt: skip
    one = find_people(world.operator, words="p0001@")[0]
    assert find_people(world.operator, words=str(one.id)) == [one]
    assert (one.shown, one.state, list(one.roles)) == ("王芳", "active", [])


def test_people_come_by_pages_without_gap_or_repeat(world: World) -> None:
    crowd(25)
    seen: list[UUID] = []
    after = None
    while page := find_people(world.operator, after=after, limit=10):
        seen += [row.id for row in page]
        after = page[-1].id
    assert seen == sorted(Person.objects.values_list("id", flat=True), reverse=True)


def test_every_search_of_people_has_its_index(world: World) -> None:
    crowd(3000)
    Person.objects.exclude(email__in=["p0001@example.org", "p0002@example.org"]).update(name="Somebody Else")
    with connection.cursor() as cursor:
        cursor.execute("analyze people_person")
    for words, index in (
        ("mei", "person_words"), ("王芳", "person_words"), ("p0001@exa", "people_person_email"),
        ("+861380000000", "people_person_phone"), ("13800000001", "people_person_phone"), ("", "people_person_pkey"),
    ):  # fmt: skip
        with CaptureQueriesContext(connection) as seen:
            find_people(world.operator, words=words)
        assert len(seen) == 1
        plan = plan_of(seen[0]["sql"])
        assert index in plan and not any(scan in plan for scan in PLAIN_SCANS), (words, plan)


def test_shops_are_found_by_name_and_address(world: World) -> None:
    Shop.objects.filter(handle="mei").update(name="Mei's House of Tea", name_zh="小满的茶铺", open=False)
    op = world.operator
    found = {
        words: [row.handle for row in find_shops(op, words=words)] for words in ("tea", "茶铺", "@li", "house", "xx")
    }
    assert found == {"tea": ["mei"], "茶铺": ["mei"], "@li": ["lin"], "house": ["mei"], "xx": []}
    assert [row.handle for row in find_shops(op, state="closed")] == ["mei"]
    assert find_shops(op, words="tea")[0].picks == 1
    Shop.objects.bulk_create(
        Shop(owner_id=world.shops[0].owner_id, handle=f"more-{n}", name="More", created_at=NOW) for n in range(2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze places_shop")
    with CaptureQueriesContext(connection) as seen:
        find_shops(op, words="tea")
    plan = plan_of(seen[0]["sql"])
    assert "shop_words" in plan and not any(scan in plan for scan in PLAIN_SCANS), plan


def test_nobody_else_may_look(world: World) -> None:
    for actor, refusal in ((ANONYMOUS, SignInNeeded), (world.creator(0), Forbidden), (world.buyer, Forbidden)):
        for look in (
            lambda a: find_people(a), lambda a: find_shops(a), lambda a: list_trail(a, Asked()),
            lambda a: list(walk_trail(a, Asked(), most=1)),
        ):  # fmt: skip
            with pytest.raises(refusal):
                look(actor)


def test_a_suspended_person_is_out_and_let_in_again(world: World) -> None:
    person = Person.objects.get(email="buyer@example.org")
    client = signed_in(person)
    _, secret = make_token(actor=world.buyer, now=NOW, name="t", scopes=["buy"])
    for _ in range(2):
        suspend_person(actor=world.operator, now=NOW, person_id=person.id, reason="Stolen account")
    assert client.get("/me").status_code == 302
    assert actor_by_token(secret, now=NOW) is None
    event = Event.objects.get(kind="person.suspended")
    assert (event.subject_id, event.actor_id, event.data) == (
        person.id, world.operator.person_id, {"reason": "Stolen account"},
    )  # fmt: skip
    let_person_in(actor=world.operator, now=NOW, person_id=person.id, reason="Given back")
    assert actor_by_token(secret, now=NOW) is not None
    assert Event.objects.get(kind="person.let_in").data == {"reason": "Given back"}


def test_who_may_suspend_whom(world: World) -> None:
    buyer, op = world.buyer.person_id, world.operator.person_id
    assert buyer and op
    plain = Actor(op, frozenset({Grant("operator")}))
    other = Person.objects.create(email="op2@example.org", created_at=NOW)
    Membership.objects.create(person=other, role="operator", created_at=NOW)
    for actor, person_id, reason, refusal in (
        (ANONYMOUS, buyer, "x", SignInNeeded), (world.creator(0), buyer, "x", Forbidden),
        (world.operator, op, "x", NotOneself), (world.operator, new_id(), "x", NotFound),
        (world.operator, buyer, " ", Invalid), (plain, other.id, "x", FactorNeeded),
        (world.operator, other.id, "x", LastOperator),
    ):  # fmt: skip
        with pytest.raises(refusal):
            suspend_person(actor=actor, now=NOW, person_id=person_id, reason=reason)
    assert not Person.objects.filter(is_active=False).exists()
    assert not Event.objects.filter(kind="person.suspended").exists()
    Person.objects.filter(pk=buyer).update(erased_at=NOW, is_active=False)
    with pytest.raises(PersonIsErased):
        let_person_in(actor=world.operator, now=NOW, person_id=buyer, reason="x")


def test_the_house_is_given_and_taken_with_a_second_factor(world: World) -> None:
    op, buyer = world.operator.person_id, world.buyer.person_id
    assert op and buyer
    Membership.objects.create(person_id=op, role="operator", created_at=NOW)
    plain = Actor(op, frozenset({Grant("operator")}))
    with pytest.raises(FactorNeeded):
        make_operator(actor=plain, now=NOW, person_id=buyer)
    make_operator(actor=world.operator, now=NOW, person_id=buyer)
    with pytest.raises(FactorNeeded):
        unmake_operator(actor=plain, now=NOW, person_id=buyer)
    with pytest.raises(NotOneself):
        unmake_operator(actor=world.operator, now=NOW, person_id=op)
    assert Membership.objects.filter(role="operator").count() == 2
    unmake_operator(actor=world.operator, now=NOW, person_id=buyer)
    with pytest.raises(LastOperator):
        unmake_operator(actor=SYSTEM, now=NOW, person_id=op)
    assert list(Event.objects.filter(kind__startswith="role.").order_by("id").values_list("kind", flat=True)) == [
        "role.granted", "role.taken",
    ]  # fmt: skip


def trail(count: int) -> list[UUID]:
    """Events of two kinds by two people, an hour apart; ids of the people."""
    who = [new_id(), new_id()]
    for n in range(count):
        record(Happened(("link.made", "post.liked")[n % 2], new_id(), NOW + timedelta(hours=n), {"n": n}, who[n % 2]))
    return who


def test_the_trail_goes_by_who_what_about_and_when(world: World) -> None:
    who = trail(20)
    op = world.operator
    asked = {
        Asked(): 20, Asked(kind="link.made"): 10, Asked(actor_id=who[1]): 10,
        Asked(kind="link.made", actor_id=who[1]): 0, Asked(since=NOW + timedelta(hours=5)): 15,
        Asked(since=NOW + timedelta(hours=5), until=NOW + timedelta(hours=7), kind="post.liked"): 1,
        Asked(subject_id=Event.objects.first().subject_id): 1,  # type: ignore[union-attr]
    }  # fmt: skip
    assert {question: len(list_trail(op, question).items) for question in asked} == asked
    seen: list[int] = []
    after = None
    while True:
        page = list_trail(op, Asked(), after=after, limit=7)
        seen += [event.data["n"] for event in page.items]
        after = page.next_cursor
        if after is None:
            break
    assert seen == list(range(19, -1, -1))
    assert [e.data["n"] for e in walk_trail(op, Asked(kind="link.made"), most=3)] == [18, 16, 14]
    for cursor in ("x", "eHg", "MjAyNnxh"):
        with pytest.raises(BadCursor):
            list_trail(op, Asked(), after=cursor)


@pytest.mark.parametrize(
    ("asked", "index"),
    [(Asked(), "event_at"), (Asked(kind="kind.7"), "event_kind_at"), (Asked(actor_id=new_id()), "event_actor_at"),
     (Asked(subject_id=new_id()), "event_subject"), (Asked(since=NOW), "event_at")],
)  # fmt: skip
def test_every_question_to_the_trail_has_its_index(world: World, asked: Asked, index: str) -> None:
    Event.objects.bulk_create(
        Event(kind=f"kind.{n % 100}", subject_id=new_id(), actor_id=new_id(), at=NOW - timedelta(hours=n))
        for n in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze kit_event")
    with CaptureQueriesContext(connection) as seen:
        list_trail(world.operator, asked)
    assert len(seen) == 1
    plan = plan_of(seen[0]["sql"])
    assert index in plan and not any(scan in plan for scan in PLAIN_SCANS), plan


def test_the_pages_of_people(world: World) -> None:
    desk = signed_in(_operator(world))
    assert "buyer" in words_of(desk.get("/operator/people?q=buy"))
    person = Person.objects.get(email="buyer@example.org")
    Person.objects.filter(pk=person.pk).update(name=LONG_ZH)
    place(world, "house-00001", NOW, mug=1)
    address = f"/operator/people/{person.pk}"
    words = words_of(desk.get(address))
    assert LONG_ZH in words and "1 under way" in words and "Not yet: this is still open" in words
    done = desk.post(address, {"key": key(), "deed": "suspend", "reason": "Stolen"})
    assert done.status_code == 302 and not Person.objects.get(pk=person.pk).is_active
    assert "Stolen" in words_of(desk.get(address))
    refused = desk.post(address, {"key": key(), "deed": "let_in", "reason": ""})
    assert refused.status_code == 422 and not Person.objects.get(pk=person.pk).is_active
    for deed in ("make_operator", "erase"):
        sent = desk.post(address, {"key": key(), "deed": deed})
        assert sent.headers["Location"] == f"/me/factor?next=%2Foperator%2Fpeople%2F{person.pk}"
    assert not Membership.objects.filter(person=person, role="operator").exists()
    assert desk.post(address, {"key": key(), "deed": "delete"}).status_code == 422
    desk.post("/me/factor", {"code": factor_code()})
    desk.post(address, {"key": key(), "deed": "make_operator"})
    assert Membership.objects.filter(person=person, role="operator").exists()


def _operator(world: World) -> Person:
    person = Person.objects.get(pk=world.operator.person_id)
    person.factor_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    person.save()
    Membership.objects.create(person=person, role="operator", created_at=NOW)
    return person


def test_the_pages_of_shops(world: World) -> None:
    desk = signed_in(_operator(world))
    Shop.objects.filter(handle="lin").update(name=LONG_EN[:60])
    shop = Shop.objects.get(handle="lin")
    assert LONG_EN[:60] in words_of(desk.get("/operator/shops?q=lin"))
    address = f"/operator/shops/{shop.id}"
    assert "lin@example.org" in words_of(desk.get(address))
    assert desk.post(address, {"key": key(), "reason": "illegal", "words": ""}).status_code == 422
    desk.post(address, {"key": key(), "reason": "illegal", "words": "Forged papers"})
    shop.refresh_from_db()
    assert shop.hidden_at is not None and Takedown.objects.get().words == "Forged papers"
    assert "Forged papers" in words_of(desk.get(address))
    assert [row.handle for row in find_shops(world.operator, state="hidden")] == ["lin"]
    desk.post(address, {"key": key(), "words": "They were genuine"})
    shop.refresh_from_db()
    assert shop.hidden_at is None


def test_the_pages_of_the_trail(world: World) -> None:
    desk = signed_in(_operator(world))
    trail(60)
    record(Happened("something.new", new_id(), NOW + timedelta(days=9), {"reason": "=1+1"}, world.operator.person_id))
    words = words_of(desk.get("/operator/audit"))
    assert "something.new" in words and "Liked a post" in words and "op" in words
    assert "点赞帖子" in words_of(desk.get("/operator/audit", headers={"Accept-Language": "zh-hans"}))
    mine = words_of(desk.get("/operator/audit?who=op@example.org"))
    assert "something.new" in mine and "Liked a post " not in mine.split("As CSV")[1].split("When")[1]
    assert "Nobody, or more than one person" in words_of(desk.get("/operator/audit?who=zzz"))
    assert desk.get("/operator/audit?since=x").status_code == 422
    file = b"".join(desk.get("/operator/audit.csv?kind=link.made").streaming_content)  # type: ignore[attr-defined]
    assert file.count(b"\r\n") == 31 and b"Link made" in file
    everything = b"".join(desk.get("/operator/audit.csv").streaming_content)  # type: ignore[attr-defined]
    assert everything.count(b"\r\n") == 1 + Event.objects.count()
    assert b"".join(desk.get("/operator/audit.csv?who=zzz").streaming_content).count(b"\r\n") == 1  # type: ignore[attr-defined]


def test_the_pages_cost_the_same_however_many_there_are(house: None) -> None:
    desk = make_desk()
    client = signed_in(desk.operator)
    pages = ("/operator/people", "/operator/shops", "/operator/audit", f"/operator/people/{desk.world.buyer.person_id}")
    before = {page: statements(client, page) for page in pages}
    trail(30)
    crowd(40)
    for n in range(12):
        Shop.objects.create(owner_id=desk.world.shops[0].owner_id, handle=f"more-{n}", name="More", created_at=NOW)
    assert {page: statements(client, page) for page in pages} == before


def test_every_sentence_of_the_trail_is_of_a_kind_that_is_documented() -> None:
    documented = {line.split("`")[1] for line in EVENTS.read_text().splitlines() if line.startswith("| `")}
    assert sorted(set(DEEDS) - documented) == []
    assert sorted(documented - set(DEEDS)) == []
