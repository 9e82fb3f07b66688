"""Keep the counts: a sweep by bounded batches. Nothing here is read while somebody waits for a page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from renmai.config import config
from renmai.kit.access import SYSTEM
from renmai.kit.clock import local_day
from renmai.matching.measures.lane import (
    STREAMS,
    count_next,
    count_pushes,
    due_results,
    forget_exposures,
    work_out_arms,
    work_out_spread,
)
from renmai.matching.measures.models import Exposure, PushDay, Spread
from renmai.matching.measures.rules import (
    GOALS,
    NEW_DAYS,
    OF_CREATORS,
    PLACES,
    RESULT_AFTER,
    SALES_SMALL,
    WEEKS,
    week_of,
    weeks_to,
)
from renmai.matching.shown.experiments import end_experiment
from renmai.matching.shown.models import Experiment

BATCH = 2_000
RUN_MAX = 10  # batches of a stream in one run
DAYS_A_RUN, SPREADS_A_RUN, EXPERIMENTS_A_RUN, FORGET_A_RUN = 14, 5, 5, 5_000
# What was told lately changes by the hour; what was told long ago sells a little now and then.
LATELY = timedelta(days=14)
FRESH, OLD = timedelta(hours=1), timedelta(days=1)
KEPT_WEEKS = WEEKS + 1


def sweep_measures(*, now: datetime) -> int:
    """Bring all counts up to date by one bounded run; return how many showings and outcomes were counted."""
    counted = sum(_count(stream, now) for stream in STREAMS)
    _count_pushes(now)
    _work_out_spreads(now)
    end_due(now=now)
    _work_out_results(now)
    with connection.cursor() as cursor:
        forget_exposures(cursor, before=week_of(local_day(now)) - timedelta(weeks=KEPT_WEEKS), limit=FORGET_A_RUN)
    return counted


def _count(stream: str, now: datetime) -> int:
    done = 0
    for _ in range(RUN_MAX):
        with transaction.atomic(), connection.cursor() as cursor:
            count = count_next(cursor, stream, now=now, zone=settings.TIME_ZONE, places=PLACES, limit=BATCH)
        done += count
        if count < BATCH:
            break
    return done


def _count_pushes(now: datetime) -> None:
    """Count the days anew that were counted longest ago: each of the last fortnight hourly, older ones daily."""
    today, first = local_day(now), weeks_to(local_day(now))[0]
    made = dict(PushDay.objects.filter(on__gte=first).values_list("on", "made_at"))
    days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
    due = [day for day in days if day not in made or made[day] <= now - (FRESH if today - day < LATELY else OLD)]
    due.sort(key=lambda day: (made[day].timestamp() if day in made else 0.0, -day.toordinal()))
    if due:
        with connection.cursor() as cursor:
            count_pushes(cursor, due[:DAYS_A_RUN], now=now)


def _work_out_spreads(now: datetime) -> None:
    """Work out this week hourly, and a week that is over once more after its end, when all of it is counted."""
    weeks = weeks_to(local_day(now))
    made = {
        (week, name): at
        for week, name, at in Spread.objects.filter(week__gte=weeks[0]).values_list("week", "list", "made_at")
    }
    shown = set(Exposure.objects.filter(week__gte=weeks[0]).values_list("week", "list").distinct())
    due = sorted(key for key in shown if _is_due(key[0], made.get(key), now))
    for week, name in due[-SPREADS_A_RUN:]:
        _work_out_spread(week, name, now)


def _is_due(week: date, made_at: datetime | None, now: datetime) -> bool:
    if made_at is None:
        return True
    settled = _start_of(week + timedelta(weeks=1)) + FRESH
    return made_at < settled and made_at <= now - FRESH


def _work_out_spread(week: date, list: str, now: datetime) -> None:
    until = min(now, _start_of(week + timedelta(weeks=1)))
    with connection.cursor() as cursor:
        work_out_spread(
            cursor, list, week, of_creators=list in OF_CREATORS, small=SALES_SMALL,
            new_since=until - timedelta(days=NEW_DAYS), until=until, now=now,
        )  # fmt: skip


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.TIME_ZONE))


def end_due(*, now: datetime) -> int:
    """End the experiments whose days are over, by the house; return how many."""
    running = Experiment.objects.filter(ended_at__isnull=True)
    due = [one for one in running if one.started_at + timedelta(days=one.days) <= now]
    for one in due:
        end_experiment(actor=SYSTEM, now=now, experiment_id=one.id)
    return len(due)


def _work_out_results(now: datetime) -> None:
    """Work out the experiments that ran their days, once, over these days only; never those that ended early.

    Each in a transaction of its own: as long as one lasts, no event after its beginning is handed to anybody.
    """
    # Orders come with the batches of facts, which a house may mix for hours.
    until = now - RESULT_AFTER - timedelta(seconds=config().credit_mixing_seconds)
    with connection.cursor() as cursor:
        due = due_results(cursor, until=until, limit=EXPERIMENTS_A_RUN)
    for experiment_id, name, start, end in due:
        with transaction.atomic(), connection.cursor() as cursor:
            work_out_arms(cursor, experiment_id, goal=GOALS[name], start=start, end=end, now=now)
