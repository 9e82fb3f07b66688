"""The operator's pages of matching: charts of counts, experiments from start to end, and no verdict before its time."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.clock import local_day
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.matching.measures.actions import sweep_measures
from renmai.matching.measures.models import ArmResult
from renmai.matching.push.models import Push
from renmai.matching.shown.models import Experiment, Outcome, Ranking, Showing
from tests.web.operator_world import Desk, make_desk, signed_in

DAY = timedelta(days=1)
ALL = "/operator/matching"
TRIALS = "/operator/matching/experiments"


@pytest.fixture
def desk(house: None) -> Desk:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    return make_desk()


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode())


def some_weeks(shop_id: UUID, product_id: UUID, count: int = 12) -> None:
    """Showings of every list over six weeks with outcomes, and pushes with what became of them."""
    now = clock.now()
    for n in range(count):
        at = now - n * 3 * DAY
        for list, thing, kind in (("home", shop_id, "order"), ("centre", product_id, "pick")):
            shown = Showing.objects.create(
                list=list, viewer_id=new_id(), ranker="fit", things=[new_id(), thing], at=at
            )  # fmt: skip
            Outcome.objects.create(showing=shown, thing_id=thing, position=1, kind="view", at=at)
            if n % 2:
                Outcome.objects.create(showing=shown, thing_id=thing, position=1, kind=kind, amount_minor=6_000, at=at)
        Push.objects.create(
            product_id=new_id(), supplier_id=new_id(), shop_id=new_id(), rank=1, score=1, found_at=at, told_at=at,
            told_on=local_day(at), told_place=1,
            looked_at=at, picked_at=at if n % 4 == 0 else None, sold_pieces=2 if n % 4 == 0 else 0,
            sold_minor=12_000 if n % 4 == 0 else 0,
        )  # fmt: skip
    for _ in range(7):
        sweep_measures(now=clock.now() + timedelta(minutes=5))


def test_an_empty_house_says_so(desk: Desk) -> None:
    client = signed_in(desk.operator)
    page = text(client, ALL)
    assert "Nobody was told of new goods yet" in page and "This list was not shown yet" in page
    assert '<svg class="chart__svg"' not in page
    assert 'href="/operator/matching" aria-current="page"' in page or "/operator/matching" in text(client, "/operator")
    assert "No experiment yet" in text(client, TRIALS)


def test_what_is_counted_is_drawn_and_stands_in_tables(desk: Desk) -> None:
    some_weeks(desk.world.shops[0].id, desk.product.id)
    client = signed_in(desk.operator)
    page = text(client, ALL)
    for words in (
        "Of those told in a week, how many",
        "Sold since, by the week of telling",
        "¥360.00",
        "25% of those told",
    ):
        assert words in page, words
    for words in ("Showings a week", "What comes of it, by place in the list", "Shown at least once", "Gini", "Bought"):
        assert words in page, words
    assert page.count('<details class="chart__data">') == page.count('<svg class="chart__svg"') == 10
    assert "Picked for a shop" in text(client, f"{ALL}?list=centre")
    assert "This list was not shown yet" in text(client, f"{ALL}?list=also")
    assert text(client, f"{ALL}?list=nonsense") == page or "Showings a week" in page
    # Nobody is told apart: no id of a viewer, a shop or a product stands in it.
    ids = re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}", page)
    assert ids == []


def test_the_page_costs_the_same_however_much_was_shown(desk: Desk) -> None:
    client = signed_in(desk.operator)
    some_weeks(desk.world.shops[0].id, desk.product.id, 2)
    client.get(ALL)
    with CaptureQueriesContext(connection) as few:
        client.get(ALL)
    some_weeks(desk.world.shops[0].id, desk.product.id, 14)
    with CaptureQueriesContext(connection) as more:
        client.get(ALL)
    assert len(more) == len(few)
    assert not any("matching_showing" in query["sql"] or "matching_outcome" in query["sql"] for query in more)


def start(client: Client, **fields: str) -> int:
    sent = {"do": "start", "key": new_id().hex, "pair": "centre:fit:quality", "share": "50", "days": "14", **fields}
    return client.post(TRIALS, sent).status_code


def test_an_experiment_is_started_once_and_ended_early_without_a_verdict(desk: Desk) -> None:
    client = signed_in(desk.operator)
    assert (
        start(client, days="0") == 422
        and start(client, share="0") == 422
        and start(client, pair="centre:fit:fit") == 422
    )
    assert not Experiment.objects.exists()
    key = new_id().hex
    assert start(client, key=key) == start(client, key=key) == 302
    made = Experiment.objects.get()
    assert (made.list, made.a, made.b, made.share_bps, made.days) == ("centre", "fit", "quality", 5_000, 14)
    assert start(client) == 422  # one a list at a time
    page = text(client, TRIALS)
    assert "By what fits the creator against By quality alone" in page and "14 days left" in page
    page = text(client, f"{TRIALS}/{made.id}")
    assert "It runs" in page and "What the viewers did is not told while it runs" in page and "points" not in page
    ended = client.post(f"{TRIALS}/{made.id}", {"do": "end", "key": new_id().hex})
    assert ended.status_code == 302
    page = text(client, f"{TRIALS}/{made.id}")
    assert "Ended early: no verdict" in page and "End it without a verdict" not in page and "points" not in page
    kinds = set(Event.objects.filter(subject_id=made.id).values_list("kind", "actor_id"))
    assert kinds == {("experiment.started", desk.operator.id), ("experiment.ended", desk.operator.id)}


def finished(b_takers: int, *, list: str = "centre", b_viewers: int = 1_000, minor: int = 0) -> Experiment:
    """An experiment that ran its days: of 1,000 viewers with a 100 took."""
    now = clock.now()
    a, b = ("fit", "quality") if list == "centre" else ("people", "newest")
    made = Experiment.objects.create(list=list, a=a, b=b, started_at=now - 20 * DAY, ended_at=now - 6 * DAY)
    for arm, viewers, takers in (("a", 1_000, 100), ("b", b_viewers, b_takers)):
        ArmResult.objects.create(
            experiment_id=made.id, arm=arm, viewers=viewers, takers=takers, minor=minor * takers,
            minor_squared=float(minor**2 * takers), made_at=now,
        )  # fmt: skip
    return made


def test_a_better_one_may_order_the_list(desk: Desk) -> None:
    client, made = signed_in(desk.operator), finished(150)
    page = text(client, f"{TRIALS}/{made.id}")
    assert "Better: By quality alone" in page
    assert "between 2.10 and 7.90 points more of the viewers" in page
    answer = client.post(f"{TRIALS}/{made.id}", {"do": "choose", "key": new_id().hex, "choice": "centre:quality"})
    assert answer.status_code == 302
    assert Ranking.objects.get().ranker == "quality"
    assert "“By quality alone” orders this list." in text(client, f"{TRIALS}/{made.id}")
    assert "By quality alone against By what fits the creator" in text(client, TRIALS)
    back = client.post(TRIALS, {"do": "choose", "key": new_id().hex, "choice": "centre:fit"})
    assert back.status_code == 302 and Ranking.objects.get().ranker == "fit"
    client.post(TRIALS, {"do": "choose", "key": new_id().hex, "choice": "centre:people"})
    assert "This list cannot be ordered like that." in text(client, TRIALS)
    assert Ranking.objects.get().ranker == "fit"
    assert "Matching: another order of a list chosen" in text(client, "/operator/audit")


def test_equals_and_a_draw_that_went_wrong_have_no_winner(desk: Desk) -> None:
    client = signed_in(desk.operator)
    page = text(client, f"{TRIALS}/{finished(108, list='home', minor=5_000).id}")
    assert "No difference can be seen." in page and "points fewer and" in page and "order this list" not in page
    assert "A viewer bought between -¥" in page or "A viewer bought between −¥" in page
    page = text(client, f"{TRIALS}/{finished(400, b_viewers=1_300).id}")
    assert "The draw went wrong: no verdict." in page and "points" not in page and "order this list" not in page
    assert text(client, TRIALS).count("No difference can be seen.") == 1


def test_every_sentence_is_chinese_too(desk: Desk) -> None:
    some_weeks(desk.world.shops[0].id, desk.product.id, 6)
    client = signed_in(desk.operator)
    client.cookies["django_language"] = "zh-hans"
    made = finished(150)
    for address, words in (
        (ALL, "推送给达人的新品"),
        (TRIALS, "开始实验"),
        (f"{TRIALS}/{made.id}", "更好：只看品质"),
    ):
        assert words in html.unescape(client.get(address, headers={"accept-language": "zh-hans"}).content.decode())
