"""Deleting one's own account: what the page says, what is in the way, and that it is done once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from renmai.kit.access import Actor, Grant
from renmai.kit.db import connect, connection_params
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.media.actions import store_picture
from renmai.people.accounts.models import Person
from renmai.people.erasure.models import Erasure
from renmai.people.erasure.rules import Obstacle
from renmai.web.account.erasure import obstacle_rows
from tests.trade.world import NOW, World, make_world
from tests.web.desk_world import a_picture, key, statements, words_of
from tests.web.operator_world import place, signed_in


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_the_page_says_what_goes_and_one_tick_does_it(world: World) -> None:
    person = Person.objects.get(email="buyer@example.org")
    client, elsewhere = signed_in(person), signed_in(person)
    words = words_of(client.get("/me/erasure"))
    assert "This goes at once" in words and "the law asks for 3 years" in words
    unticked = client.post("/me/erasure", {"key": key()})
    assert unticked.status_code == 422 and "Tick this if you mean it." in words_of(unticked)
    assert not Erasure.objects.exists()
    done = client.post("/me/erasure", {"key": key(), "understood": "on"})
    assert "Your account is deleted" in words_of(done)
    assert Erasure.objects.get().by_id == person.id
    assert Session.objects.count() == 0
    for each in (client, elsewhere):
        assert each.get("/me").headers["Location"].startswith("/sign-in")


def test_what_is_open_stands_there_in_both_languages_and_nothing_is_lost(world: World) -> None:
    place(world, "erase-000003", NOW, mug=1)
    client = signed_in(Person.objects.get(email="buyer@example.org"))
    words = words_of(client.get("/me/erasure"))
    assert "Orders under way, or not settled yet: 1." in words and "I know that" not in words
    chinese = words_of(client.get("/me/erasure", headers={"Accept-Language": "zh-hans"}))
    assert "进行中或尚未结算的订单：1 笔。" in chinese
    again = client.post("/me/erasure", {"key": key(), "understood": "on"})
    assert "Not yet: this is still open" in words_of(again)
    assert Person.objects.filter(email="buyer@example.org", is_active=True).exists()


def test_what_is_in_the_way_is_dealt_with_where_one_may_go() -> None:
    """A sharer without a shop is not sent to the creator's desk, an agency's only member not to a supplier's."""
    found = [Obstacle("balances", 1), Obstacle("only_member", 1), Obstacle("returns", 1)]
    sharer, agency = Actor(new_id()), Actor(new_id(), frozenset({Grant("agency", new_id())}))
    creator = Actor(new_id(), frozenset({Grant(role, new_id()) for role in ("creator", "owner", "supplier")}))
    assert [[row["href"] for row in obstacle_rows(found, actor)] for actor in (sharer, agency, creator)] == [
        ["/links/earnings", "", ""],
        ["/links/earnings", "/agency", ""],
        ["/creator/earnings", "/supplier/company", ""],
    ]


def test_who_has_an_authenticator_confirms_first(world: World) -> None:
    person = Person.objects.get(email="buyer@example.org")
    person.factor_secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    person.save()
    client = signed_in(person)
    answer = client.post("/me/erasure", {"key": key(), "understood": "on"})
    assert answer.headers["Location"] == "/me/factor?next=/me/erasure"
    assert not Erasure.objects.exists()


def test_the_page_asks_the_same_whatever_lies_there(world: World) -> None:
    client = signed_in(Person.objects.get(email="buyer@example.org"))
    before = statements(client, "/me/erasure")
    for number in range(5):
        place(world, f"erase-10000{number}", NOW, mug=1)
    assert statements(client, "/me/erasure") == before


def test_the_command_finds_by_address_and_says_what_is_open(world: World) -> None:
    place(world, "erase-000004", NOW, mug=1)
    for said, code, erased in (("buyer@example.org", 1, False), (str(world.operator.person_id), 0, True)):
        done = erase(said, "--json")
        assert done.returncode == code, done.stderr
        assert orjson.loads(done.stdout.splitlines()[-1])["erased"] is erased
    refused = erase("buyer@example.org")
    assert refused.stderr.strip().endswith("Orders under way, or not settled yet: 1.")
    assert "buyer@" not in refused.stderr + refused.stdout
    assert erase("nobody@example.org").returncode == 1


def test_killed_in_the_middle_nothing_is_erased_and_again_all_of_it(world: World) -> None:
    person = Person.objects.get(email="buyer@example.org")
    face = store_picture(data=a_picture().read(), name="me.png", actor=world.buyer, now=NOW)
    folder = Path(settings.MEDIA_ROOT) / face.sha256[:2] / face.sha256
    with connect(application_name="test") as held:
        held.execute("lock table trade_cartline")  # in the middle of it: posts and shops are done, accounts are not
        erasing = start_erasing("buyer@example.org")
        while not held.execute("select 1 from pg_locks where not granted").fetchone():
            assert erasing.poll() is None
            time.sleep(0.02)
        erasing.kill()
        erasing.communicate()
    person.refresh_from_db()
    assert (person.email, person.erased_at, Erasure.objects.count()) == ("buyer@example.org", None, 0)
    assert folder.is_dir() and not Event.objects.filter(kind="person.erased").exists()
    for _ in range(2):
        assert erase(str(person.id)).returncode == 0
    assert not folder.exists() and Event.objects.filter(kind="person.erased").count() == 1


def erase(*said: str) -> subprocess.CompletedProcess[str]:
    """`renmai erase`, in the database of the tests."""
    process = start_erasing(*said)
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def start_erasing(*said: str) -> subprocess.Popen[str]:
    """Start it, with the uploads of the tests."""
    url = "postgresql://{user}@/{dbname}?{rest}".format(
        rest=urlencode({"host": connection_params()["host"], "port": connection_params()["port"]}),
        **connection_params(),
    )
    return subprocess.Popen(
        [sys.executable, "-m", "renmai.cli.main", "erase", *said], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "DATABASE_URL": url, "LOG_LEVEL": "WARNING", "RENMAI_HOME": str(Path(settings.MEDIA_ROOT).parent)},
    )  # fmt: skip
