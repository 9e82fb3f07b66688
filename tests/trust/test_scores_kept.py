"""Scores as they are kept: the same as the pure function makes of the log, told when they change, and bounded."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.trust.facts.models import Fact, Subject
from renmai.trust.facts.rules import decode, encode
from renmai.trust.facts.tokens import new_pseudonym
from renmai.trust.log.appending import append_entries
from renmai.trust.log.models import LogEntry
from renmai.trust.scores.actions import sweep_scores
from renmai.trust.scores.checking import check_scores
from renmai.trust.scores.models import MarketCell, MarketDay, ScoreDay, ScoreDue
from renmai.trust.scores.models import Score as Kept
from renmai.trust.scores.queries import history, list_scores, score_shown, scores_shown
from renmai.trust.scores.rules import market_of, score_of

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def token(size: int) -> str:
    return base64.urlsafe_b64encode(os.urandom(size)).decode().rstrip("=")


def seller(role: str = "supplier") -> Subject:
    ref = {"supplier_id" if role == "supplier" else "person_id": new_id()}
    subject = Subject.objects.create(pseudonym=new_pseudonym(), role=role, created_at=NOW, **ref)
    write(subject, [("seller.began", 90, {"role": role, "identity": token(32)})])
    return subject


def parcels(count: int, late: int = 0, *, days_ago: int = 2) -> list[tuple[str, int, dict[str, Any]]]:
    return [
        ("parcel.handed_over", days_ago, {"in_time": n >= late, "days_late": int(n < late), "days_allowed": 3})
        for n in range(count)
    ]


def write(subject: Subject, said: Sequence[tuple[str, int, dict[str, Any]]], *, now: datetime = NOW) -> None:
    """Write facts (kind, days ago, data) of buyers of their own, as the credit lane does."""
    with transaction.atomic(), connection.cursor() as cursor:
        days = [now.date() - timedelta(days=ago) for _, ago, _ in said]
        first = append_entries(cursor, [_leaf(subject, *one, day) for one, day in zip(said, days, strict=True)])
        Fact.objects.bulk_create(
            Fact(key=os.urandom(32), subject=subject, kind=kind, day=day, leaf_index=first + n)
            for n, ((kind, _, _), day) in enumerate(zip(said, days, strict=True))
        )


def _leaf(subject: Subject, kind: str, ago: int, data: dict[str, Any], day: date) -> bytes:
    members: dict[str, Any] = {"v": 1, "kind": kind, "subject": subject.pseudonym, "day": day.isoformat()}
    members |= {"commitment": token(32), "data": data}
    if kind not in ("seller.began", "product.recalled"):
        members |= {"buyer": token(16), "weight": 2, "weight_rule": 1}
    return encode(members)


def from_the_log(subject: Subject, on: date = TODAY) -> Any:
    """Return what anybody makes of the log: every entry decoded, the market of all, the score of one."""
    facts = [decode(bytes(entry.data)).members() for entry in LogEntry.objects.all()]
    own = [fact for fact in facts if fact["subject"] == subject.pseudonym]
    return score_of(own, market=market_of(facts, on), on=on)


def shown(subject: Subject) -> Any:
    found = score_shown(subject.id)
    assert found is not None
    return found.score


def test_what_is_kept_is_what_the_log_says(house: None) -> None:
    good, bad, new = seller(), seller(), seller("creator")
    write(good, parcels(40, 1))
    write(bad, parcels(30, 12))
    write(bad, [("product.recalled", 1, {"scope": "product"})])
    assert sweep_scores(now=NOW) == 3
    for subject in (good, bad, new):
        assert shown(subject) == from_the_log(subject)
    assert shown(good).value > shown(new).value > shown(bad).value
    assert shown(good).part("hand_over").inputs["late_facts"] == 40
    assert (ScoreDue.objects.count(), list(check_scores())) == (0, [])
    assert sweep_scores(now=NOW) == 0


def test_an_event_tells_of_a_change_and_of_nothing_else(house: None) -> None:
    subject = seller()
    write(subject, parcels(20))
    sweep_scores(now=NOW)
    before = shown(subject)
    (first,) = Event.objects.filter(kind="score.changed")
    assert (first.subject_id, first.data["before"], first.data["value"]) == (subject.id, None, before.value)
    write(subject, [("parcel.delivered", 0, {"by_estimate": True})])
    assert sweep_scores(now=NOW) == 1
    assert Event.objects.filter(kind="score.changed").count() == 1
    write(subject, parcels(6, 6))
    later = NOW + timedelta(minutes=1)
    assert sweep_scores(now=later) == 1
    told = Event.objects.filter(kind="score.changed").order_by("-id")[0]
    assert (told.data["before"], told.data["value"]) == (before.value, shown(subject).value)
    assert told.data["parts"] == {part.name: part.value for part in shown(subject).parts}


def test_the_market_stands_still_for_a_day_and_everybody_is_scored_by_the_next(house: None) -> None:
    subject, other = seller(), seller()
    write(subject, parcels(10))
    write(other, parcels(30, 30, days_ago=0))
    sweep_scores(now=NOW)
    today = MarketDay.objects.get()
    assert today.rates_ppm["late"] < market_of([], TODAY).rates_ppm["late"]
    assert sweep_scores(now=NOW + timedelta(hours=2)) == 0
    assert sweep_scores(now=NOW + timedelta(days=1)) == 2
    tomorrow = MarketDay.objects.get(on=TODAY + timedelta(days=1))
    assert tomorrow.rates_ppm["late"] > today.rates_ppm["late"]
    assert shown(subject) == from_the_log(subject, TODAY + timedelta(days=1))


def test_a_fact_that_comes_late_moves_the_market_of_its_next_day(house: None) -> None:
    subject, other = seller(), seller()
    write(subject, parcels(10))
    sweep_scores(now=NOW)
    before = MarketDay.objects.get()
    write(other, parcels(30, 30, days_ago=1))
    assert sweep_scores(now=NOW) == 2
    after = MarketDay.objects.get()
    assert (after.on, after.log_size) == (before.on, before.log_size + 30)
    assert after.rates_ppm["late"] > before.rates_ppm["late"]
    assert (shown(subject), shown(other)) == (from_the_log(subject), from_the_log(other))
    assert list(check_scores()) == []


def test_history_has_a_row_for_each_day_that_changed(house: None) -> None:
    subject = seller()
    values = []
    for day in range(4):
        now = NOW + timedelta(days=day)
        if day in (0, 3):
            write(subject, parcels(20, 15 * (day == 3), days_ago=0), now=now)
        sweep_scores(now=now)
        values.append(shown(subject).value)
    days = history(subject.id, until=TODAY + timedelta(days=3))
    assert [day.on for day in days] == sorted({day.on for day in days})
    assert (days[0].on, days[0].value) == (TODAY, values[0])
    assert (days[-1].on, days[-1].value) == (TODAY + timedelta(days=3), values[3])
    assert days[-1].value < days[0].value
    assert history(subject.id, until=TODAY + timedelta(days=3), days=1)[0].on <= TODAY + timedelta(days=2)
    assert history(new_id(), until=TODAY) == []


def test_a_list_is_paged_by_value(house: None) -> None:
    for late in range(5):
        write(seller(), parcels(20, late * 4))
    seller("creator")
    sweep_scores(now=NOW)
    first = list_scores(role="supplier", limit=2)
    second = list_scores(role="supplier", limit=2, cursor=first.next_cursor)
    third = list_scores(role="supplier", limit=2, cursor=second.next_cursor)
    found = [one.score.value for page in (first, second, third) for one in page.items]
    assert (len(found), found) == (5, sorted(found, reverse=True))
    assert third.next_cursor is None
    worst = list_scores(role="supplier", limit=5, worst_first=True)
    assert [one.score.value for one in worst.items] == found[::-1]
    known = scores_shown([one.subject_id for one in first.items])
    assert {key: one.score.value for key, one in known.items()} == dict(zip(known, found[:2], strict=True))


def test_a_score_that_is_not_what_the_log_says_is_found(house: None) -> None:
    subject = seller()
    write(subject, parcels(20))
    sweep_scores(now=NOW)
    Kept.objects.update(value=99)
    assert [fault.what for fault in check_scores()] == ["kept as 99, the log says 65"]
    MarketCell.objects.filter(measure="late").update(facts=7)
    ScoreDay.objects.all().delete()
    assert {fault.name for fault in check_scores()} == {"score_of_log", "market_of_log"}


def test_a_seller_of_many_facts_waits_longer_for_the_next_score(house: None) -> None:
    subject = seller()
    write(subject, parcels(300))
    sweep_scores(now=NOW)
    write(subject, parcels(1, 1))
    assert sweep_scores(now=NOW) == 0
    assert sweep_scores(now=NOW + timedelta(seconds=4)) == 1


def test_two_workers_score_each_seller_once(house: None) -> None:
    def work(_: int) -> int:
        try:
            return sweep_scores(now=NOW)
        finally:
            connection.close()

    subjects: list[UUID] = []
    for _ in range(60):
        subject = seller()
        subjects.append(subject.id)
        write(subject, parcels(3))
    with ThreadPoolExecutor(4) as pool:
        made = sum(pool.map(work, range(4)))
    made += sweep_scores(now=NOW)
    assert made == 60
    assert Kept.objects.count() == 60
    assert Event.objects.filter(kind="score.changed").count() == 60
    assert list(check_scores()) == []
