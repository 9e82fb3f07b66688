"""Notices: one's own page, the bell, the mail, the API; whatever lies in the table, the page stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import translation

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.ids import new_id
from renmai.kit.mail.models import Mail
from renmai.kit.paging import cursor_of
from renmai.kit.problems import SignInNeeded
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Person
from renmai.people.notices.actions import Told, read_notices, tell, write_mails
from renmai.people.notices.models import Notice
from renmai.people.notices.queries import count_unread, list_notices
from renmai.web.notice_words import NOTICES
from renmai.web.notices import compose_mail, say_notice
from tests.api.desk import Caller
from tests.web.operator_world import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATA = {"title": "Celadon teacup", "title_zh": "青瓷茶杯", "reason": "Lead in the glaze.", "reason_zh": "釉中含铅。"}


@pytest.fixture
def lin(house: None) -> Person:
    return Person.objects.create(email="lin@example.org", name="Lin", created_at=NOW)


def told(person: Person, kind: str = "recall.bought", *, count: int = 1, **given: Any) -> None:
    """Tell a person something, `count` times."""
    with transaction.atomic(), connection.cursor() as cursor:
        tell(cursor, [Told(person.id, kind, NOW + timedelta(minutes=n), data=DATA, **given) for n in range(count)])


def page(client: Client, path: str = "/me/notices", language: str = "en") -> str:
    response = client.get(path, headers={"Accept-Language": language})
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_tells_in_the_readers_language_and_nobody_elses(lin: Person) -> None:
    mei = Person.objects.create(email="mei@example.org", name="Mei", created_at=NOW)
    told(lin, href="/recalls/1")
    told(mei, "recall.lifted")
    text = page(signed_in(lin))
    assert "Celadon teacup that you bought is recalled." in text and 'href="/recalls/1"' in text
    assert "Why: Lead in the glaze." in text and "What to do" not in text  # no advice was given
    assert "can be sold again" not in text
    assert "您买过的青瓷茶杯已被召回。" in page(signed_in(lin), language="zh-hans")


@pytest.mark.parametrize("data", [{}, {"title": None}, {"sum_minor": "much"}, {"until_at": "never"}, {"{": "}"}])
def test_no_notice_breaks_the_page(lin: Person, data: dict[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        tell(cursor, [Told(lin.id, kind, NOW, data=data) for kind in (*NOTICES, "nobody.knows", "")])
    client, ids = signed_in(lin), list(Notice.objects.order_by("-id").values_list("id", flat=True))
    text = page(client) + "".join(page(client, f"/me/notices?cursor={cursor_of(last)}") for last in ids[23::24])
    assert text.count("There is news for you.") == 2
    assert text.count('class="row told"') == len(NOTICES) + 2


def test_the_bell_counts_until_all_is_read(lin: Person) -> None:
    told(lin, count=3)
    client = signed_in(lin)
    assert "Notices, 3 unread" in page(client, "/")
    assert "Notices, 3 unread" in page(client, "/creator")  # a console
    assert client.post("/me/notices").status_code == 302
    assert "unread" not in page(client, "/")
    assert set(Notice.objects.values_list("read_at", flat=True)) != {None}
    assert "Mark all as read" not in page(client)


def test_nobody_has_no_bell_and_no_notices(house: None) -> None:
    assert "/me/notices" not in page(Client(), "/")
    assert Client().get("/me/notices").status_code == 302
    assert count_unread(ANONYMOUS) == 0
    with pytest.raises(SignInNeeded):
        list_notices(ANONYMOUS)
    with pytest.raises(SignInNeeded):
        read_notices(actor=ANONYMOUS, now=NOW)


def test_pages_of_24_are_continued(lin: Person, django_assert_num_queries: Any) -> None:
    told(lin, count=30)
    client = signed_in(lin)
    first = client.get("/me/notices")
    assert len(first.context["rows"]) == 24
    with django_assert_num_queries(2):
        list_notices(Actor(lin.id)), count_unread(Actor(lin.id))
    second = client.get("/me/notices", {"cursor": first.context["next_cursor"]})
    assert len(second.context["rows"]) == 6 and second.context["next_cursor"] is None
    seen = [row["notice"].id for page in (first, second) for row in page.context["rows"]]
    assert seen == sorted(seen, reverse=True) and len(set(seen)) == 30


def test_the_api_lists_and_reads(lin: Person) -> None:
    told(lin, count=3)
    caller = Caller(make_token(actor=Actor(lin.id), now=NOW, name="t", scopes=("buy",))[1])
    first = caller.get("/me/notices", limit=2)
    assert [row["kind"] for row in first["items"]] == ["recall.bought"] * 2
    assert first["items"][0]["data"]["title"] == "Celadon teacup" and first["items"][0]["read_at"] is None
    assert len(caller.get("/me/notices", after=first["next"])["items"]) == 1
    assert caller.do("POST", "/me/notices/read", key="read-them-1") == {"read_count": 3}
    assert caller.do("POST", "/me/notices/read", key="read-them-2") == {"read_count": 0}


def test_mails_are_written_once_in_the_persons_language(lin: Person) -> None:
    mei = Person.objects.create(email="mei@example.org", name="Mei", locale="zh-hans", created_at=NOW)
    gone = Person.objects.create(email="gone@example.org", is_active=False, created_at=NOW)
    for person in (lin, mei, gone):
        told(person, mail=True, href="/recalls/1")
    told(lin)  # no mail asked for
    told(Person(id=new_id()), mail=True)  # whoever that was
    assert write_mails(now=NOW, compose=compose_mail, limit=3) == 3
    assert write_mails(now=NOW, compose=compose_mail) == 1
    assert write_mails(now=NOW, compose=compose_mail) == 0
    mails = {mail.to: mail for mail in Mail.objects.all()}
    assert set(mails) == {"lin@example.org", "mei@example.org"}
    assert mails["lin@example.org"].subject == "Celadon teacup that you bought is recalled."
    assert mails["mei@example.org"].subject == "您买过的青瓷茶杯已被召回。"
    assert "原因：釉中含铅。" in mails["mei@example.org"].body and "/recalls/1" in mails["mei@example.org"].body


def test_names_are_written_as_people_read_them() -> None:
    notice = Notice(kind="recall.bought", data={"title": "5 {x} %s", "advice": "Stop."})
    with translation.override("en"):
        assert say_notice(notice).title == "5 {x} %s that you bought is recalled."
        assert "What to do: Stop." in say_notice(notice).lines
