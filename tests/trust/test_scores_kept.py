"""Scores as they are kept: the same as the pure function makes of the log, told when they change, and bounded."""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from random import choice
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Q

from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.trust.facts.models import Fact, Subject
from renmai.trust.facts.rules import decode, encode
from renmai.trust.facts.tokens import new_pseudonym
from renmai.trust.log.appending import append_entries
from renmai.trust.log.models import LogEntry
from renmai.trust.scores import actions, reading
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


def write(
    subject: Subject,
    said: Sequence[tuple[str, int, dict[str, Any]]],
    *,
    now: datetime = NOW,
    buyers: Sequence[str] = (),
) -> None:
    """Write facts (kind, days ago, data) of buyers of their own, or of some of `buyers`, as the credit lane does."""
    with transaction.atomic(), connection.cursor() as cursor:
        days = [now.date() - timedelta(days=ago) for _, ago, _ in said]
        behind = [choice(buyers) if buyers else token(16) for _ in said]
        leaves = [_leaf(subject, *one, day, buyer) for one, day, buyer in zip(said, days, behind, strict=True)]
        first = append_entries(cursor, leaves)
        Fact.objects.bulk_create(
            Fact(key=os.urandom(32), subject=subject, kind=kind, day=day, leaf_index=first + n)
            for n, ((kind, _, _), day) in enumerate(zip(said, days, strict=True))
        )


def _leaf(subject: Subject, kind: str, ago: int, data: dict[str, Any], day: date, buyer: str) -> bytes:
    members: dict[str, Any] = {"v": 1, "kind": kind, "subject": subject.pseudonym, "day": day.isoformat()}
    members |= {"commitment": token(32), "data": data}
    if kind not in ("seller.began", "product.recalled", "screening.decided"):
        members |= {"buyer": buyer, "weight": buyer.encode()[0] % 4 if ago > 4 else 2, "weight_rule": 1}
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
    assert sweep_scores(now=NOW) == 1  # who it is about at once, the others when the market is made anew
    kept, soon = shown(subject), NOW + timedelta(minutes=10)
    assert sweep_scores(now=soon - timedelta(seconds=1)) == 0
    assert (MarketDay.objects.get().log_size, list(check_scores())) == (before.log_size, [])
    assert sweep_scores(now=soon) == 2
    assert kept != shown(subject)
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


SAID: list[tuple[str, dict[str, Any]]] = [
    *[("parcel.handed_over", {"in_time": not late, "days_late": late, "days_allowed": 3}) for late in (0, 1)],
    *[("review.verified", {"score": stars}) for stars in range(1, 6)],
    *[("case.closed", {"upheld": upheld}) for upheld in (True, False)],
    *[("refund.paid", {"in_time": in_time}) for in_time in (True, False)],
    *[("product.recalled", {"scope": scope}) for scope in ("product", "batch")],
    *[("screening.decided", {"of": "product", "passed": passed}) for passed in (True, False)],
    ("parcel.delivered", {"by_estimate": None}),
]


@pytest.mark.parametrize("seed", range(6))
def test_facts_that_are_read_counted_and_by_buyer_make_the_score_of_the_single_ones(house: None, seed: int) -> None:
    chance, subjects = random.Random(seed), [seller(), seller("creator"), seller()]
    for subject, count in zip(subjects, (300, 40, 0), strict=True):
        days = [chance.choice((0, 1, 5, 8, 100, chance.randint(-3, 1300))) for _ in range(count)]
        buyers = [token(16) for _ in range(chance.choice((1, 5, 200)))]
        write(subject, [(kind, ago, data) for ago in days for kind, data in [chance.choice(SAID)]], buyers=buyers)
    assert sweep_scores(now=NOW) == 3
    assert [shown(subject) for subject in subjects] == [from_the_log(subject) for subject in subjects]
    kept = {one.subject_id: one.facts for one in Kept.objects.all()}
    window = TODAY - reading.WINDOW
    for subject in subjects:
        read = Fact.objects.filter(subject=subject).filter(Q(day__gt=window) | Q(kind="seller.began"))
        assert kept[subject.id] == read.count()


def test_a_million_facts_are_read_in_bounded_room(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROWS", 50)
    subject, most = seller(), 0
    write(subject, parcels(2_000, 100))

    def watched(rows: Any, read: Any) -> Any:
        for behind in by_buyers(rows, read):
            nonlocal most
            most = max(most, len(behind))
            yield behind

    by_buyers = reading._buyers
    monkeypatch.setattr(reading, "_buyers", watched)
    assert sweep_scores(now=NOW) == 1
    assert (shown(subject), most) == (from_the_log(subject), 1)
    # What differs in nothing is one row: a single buyer's parcels of a day, however many.
    write(subject, parcels(2_000), buyers=["A" * 22])
    assert [sweep_scores(now=NOW + timedelta(seconds=seconds)) for seconds in (600, 620)] == [0, 1]
    assert (shown(subject), most) == (from_the_log(subject), 1)


def test_what_is_written_while_a_score_is_worked_out_is_in_the_next(
    house: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = seller()
    write(subject, parcels(20))
    rounds: list[int] = []

    def slow(*args: Any, **words: Any) -> Any:
        found = reading.read_scores(*args, **words)
        if not rounds:
            write(subject, parcels(6, 6))
            actions._read_on(TODAY, NOW + timedelta(minutes=10))  # as another worker: more facts, another market
        rounds.append(found[subject.id].facts)
        return found

    monkeypatch.setattr(actions, "read_scores", slow)
    assert sweep_scores(now=NOW) == 2
    assert (rounds, shown(subject)) == ([21, 27], from_the_log(subject))
    assert (ScoreDue.objects.count(), list(check_scores())) == (0, [])


def test_who_was_claimed_by_a_worker_that_died_is_claimed_again(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = seller()
    write(subject, parcels(3))

    def die(*args: Any, **words: Any) -> Any:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(actions, "read_scores", die)
        with pytest.raises(MemoryError):
            sweep_scores(now=NOW)
    assert [sweep_scores(now=NOW + timedelta(minutes=minutes)) for minutes in (1, 9, 10)] == [0, 0, 1]
    assert shown(subject) == from_the_log(subject)


def test_no_event_waits_while_scores_are_worked_out(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    write(seller(), parcels(3))
    written: list[Any] = []

    def watched(*args: Any, **words: Any) -> Any:
        found = reading.read_scores(*args, **words)
        with connection.cursor() as cursor:
            cursor.execute("select pg_current_xact_id_if_assigned()")
            written.append(cursor.fetchone()[0])
        return found

    monkeypatch.setattr(actions, "read_scores", watched)
    assert sweep_scores(now=NOW) == 1 and written == [None]


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
