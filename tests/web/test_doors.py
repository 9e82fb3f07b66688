"""The door of pages: who has to sign in first comes back to the page where they were, never to an address that only takes forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils.translation import override

from renmai.kit.media.rules import MediaTooLarge
from renmai.kit.paging import cursor_of
from renmai.kit.problems import DomainError, TooMany
from renmai.people.accounts.models import Membership, Person
from renmai.web.doors import problem_text
from tests.trade.world import NOW, World, make_world
from tests.web.operator_world import signed_in

pytestmark = pytest.mark.django_db
POST = "/posts/01980000-0000-7000-8000-000000000001"


@pytest.fixture
def world() -> World:
    return make_world()


def where_next(answer: Any, header: str = "Location") -> str:
    """Return where somebody goes after signing in."""
    address = urlsplit(answer[header])
    assert address.path == "/sign-in"
    return parse_qs(address.query)["next"][0]


def test_a_form_sent_without_being_signed_in_leads_back_to_its_page(world: World) -> None:
    """The address of a like, a follow or a comment takes only forms: going there afterwards would show an empty 405."""
    sent = Client().post(f"{POST}/likes", headers={"Referer": f"http://testserver{POST}?lang=en"})
    assert sent.status_code == 302
    assert where_next(sent) == f"{POST}?lang=en"


@pytest.mark.parametrize(
    "came_from", ["", "https://elsewhere.example/trap", "http://testserver.example/", "nonsense", "http://["]
)
def test_a_form_from_nowhere_leads_to_the_first_page(world: World, came_from: str) -> None:
    assert where_next(Client().post("/@linwan/follow", headers={"Referer": came_from})) == "/"


def test_signing_in_again_after_a_mistake_still_leads_there(world: World) -> None:
    """A passkey that failed, and a code that was asked for earlier for another page, change nothing of where one goes."""
    client = Client()
    failed = client.post("/sign-in/passkey", {"next": "/orders", "credential": "nonsense"})
    assert where_next(failed) == "/orders"
    person = Person.objects.get(email="buyer@example.org")
    person.set_password("a long password")
    person.save()
    client.post("/sign-in", {"contact": "buyer@example.org", "next": "/cart"})
    done = client.post("/sign-in", {"contact": "buyer@example.org", "password": "a long password", "next": "/messages"})
    assert done["Location"] == "/messages"


@pytest.mark.parametrize("path", ["/", "/@lin", "/sign-in", "/me", "/posts/x"])
def test_no_page_is_kept_between_us_and_its_reader(world: World, path: str) -> None:
    assert signed_in(Person.objects.get(email="buyer@example.org")).get(path)["Cache-Control"] == "private, no-store"
    assert Client().get(path)["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("place", ["\u00b2", "9" * 20, "-1", "x"])
def test_a_place_that_no_list_made_is_refused(world: World, place: str) -> None:
    creator = Person.objects.get(pk=world.shops[0].owner_id)
    Membership.objects.create(person=creator, role="creator", subject_id=world.shops[0].id, created_at=NOW)
    cursor = cursor_of(place, world.shops[0].id)
    for path in (f"/@{world.shops[0].handle}", "/creator/picks"):
        assert signed_in(creator).get(f"{path}?cursor={cursor}").status_code == 422


@pytest.mark.parametrize(("path", "said"), [("/sign-in", "too much at once"), ("/api/v1/media", '"code":"too_large"')])
def test_a_body_larger_than_any_form_is_not_read(world: World, path: str, said: str) -> None:
    refused = Client().post(path, {"contact": "x"}, CONTENT_LENGTH=str(151 * 2**20))
    assert (refused.status_code, said in refused.content.decode()) == (413, True)


@pytest.mark.parametrize(
    ("refusal", "english", "chinese"),
    [
        (TooMany(seconds=1), "Too many attempts. Please wait 1 second.", "尝试次数过多，请等待 1 秒。"),
        (TooMany(seconds=61), "Too many attempts. Please wait 2 minutes.", "尝试次数过多，请等待 2 分钟。"),
        (TooMany(seconds=86_000), "Too many attempts. Please wait 24 hours.", "尝试次数过多，请等待 24 小时。"),
        (MediaTooLarge(bytes_max=10 * 2**20), "The file is larger than 10 MB.", "文件超过 10 MB。"),
    ],
)
def test_bytes_and_seconds_are_said_as_people_say_them(refusal: DomainError, english: str, chinese: str) -> None:
    for language, said in (("en", english), ("zh-hans", chinese)):
        with override(language):
            assert problem_text(refusal) == said


def test_what_a_script_sends_makes_the_page_go_and_sign_in(world: World) -> None:
    """Else htmx would follow the redirect and put the page of signing in where the button stood."""
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{POST}#comments"}
    sent = Client().post(f"{POST}/likes", headers=headers)
    assert (sent.status_code, sent.content) == (204, b"")
    assert where_next(sent, "HX-Redirect") == POST


def test_a_piece_of_a_page_is_no_page_to_come_back_to(world: World) -> None:
    """A talk asks again and again whether anything is new; meanwhile its reader signed out elsewhere."""
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/messages/x"}
    asked = Client().get("/messages/01980000-0000-7000-8000-000000000001?newest=1", headers=headers)
    assert where_next(asked, "HX-Redirect") == "/messages/x"
