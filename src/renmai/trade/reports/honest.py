"""What creators really earn: median and quartiles of all of them by month, and one's own beside it. Never a best case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from renmai.kit.access import Actor
from renmai.money.ledger.rules import creator_account
from renmai.money.statements.rules import month_of
from renmai.places.shops.queries import access_own_shop
from renmai.trade.reports.models import EarningsMonth

# Of fewer, a figure would say too much about one of them.
CREATORS_LEAST = 10
EARNING_LEAST = 5
MONTHS = 12
# Refunds change what a month came to for a while after it; later ones are left as they were.
MENDED_MONTHS = 3
FRESH = timedelta(days=1)

# In the plainest form that a planner turns into one pass: what was settled in the month by payee, then everybody beside it.
WORK_OUT = """
insert into trade_earningsmonth (month, creators, earning, quarter_minor, median_minor, three_quarters_minor, made_at)
with earned as (
  select p.payee, sum(p.amount_minor - p.reversed_minor) as minor
  from money_split s join money_splitpart p on p.subject_id = s.subject_id and p.payee like 'creator:%%'
  where s.settled_at >= %(start)s and s.settled_at < %(end)s
  group by p.payee
), everybody as (
  select sh.owner_id, coalesce(sum(e.minor), 0)::bigint as minor
  from places_shop sh left join earned e on e.payee = 'creator:' || sh.id
  where sh.created_at < %(end)s
  group by sh.owner_id
)
select %(month)s, count(*), count(*) filter (where minor > 0),
       coalesce(percentile_disc(0.25) within group (order by minor), 0),
       coalesce(percentile_disc(0.5) within group (order by minor), 0),
       coalesce(percentile_disc(0.75) within group (order by minor), 0), %(now)s
from everybody
on conflict (month) do update set creators = excluded.creators, earning = excluded.earning,
  quarter_minor = excluded.quarter_minor, median_minor = excluded.median_minor,
  three_quarters_minor = excluded.three_quarters_minor, made_at = excluded.made_at
"""
OWN = """
select date_trunc('month', s.settled_at at time zone %s)::date, sum(p.amount_minor - p.reversed_minor)::bigint
from money_splitpart p join money_split s on s.subject_id = p.subject_id
where p.payee = %s and s.settled_at >= %s
group by 1
"""


def months_before(today: date, count: int = MONTHS) -> list[date]:
    """Return the first days of the last `count` months that are over, the latest first."""
    found, first = [], today.replace(day=1)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(first)
    return found


def sweep_earnings(*, now: datetime) -> int:
    """Work out the months that are missing, and the latest ones once a day; return how many. Any number may do so at once."""
    months = months_before(_today(now))
    known = dict(EarningsMonth.objects.filter(month__in=months).values_list("month", "made_at"))
    due = [
        month for place, month in enumerate(months)
        if month not in known or (place < MENDED_MONTHS and known[month] <= now - FRESH)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        for month in due:
            start, end = month_of(month).bounds(settings.TIME_ZONE)
            cursor.execute(WORK_OUT, {"month": month, "start": start, "end": end, "now": now})
    return len(due)


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


@dataclass(frozen=True, slots=True)
class HonestMonth:
    """What everybody may read of a month. `earning` is how many earned anything (None: between one and four).

    The amounts are minor units rounded down to two digits: a median of people is one person's own figure otherwise.
    """

    month: date
    creators: int
    earning: int | None
    quarter_minor: int
    median_minor: int
    three_quarters_minor: int


def coarse(minor: int) -> int:
    """Return an amount rounded down (a debt: up) to its two leading digits: 128_450 is 120_000."""
    step: int = 10 ** max(0, len(str(abs(minor))) - 2)
    return abs(minor) // step * step * (1 if minor >= 0 else -1)


def list_honest(*, now: datetime, months: int = MONTHS) -> list[HonestMonth]:
    """Return the months that are over, the latest first, of which at least 10 creators are counted. For everybody."""
    wanted = months_before(_today(now), months)
    rows = EarningsMonth.objects.filter(month__in=wanted, creators__gte=CREATORS_LEAST)
    return [_published(row) for row in rows.order_by("-month")]


def _published(row: EarningsMonth) -> HonestMonth:
    few = 0 < row.earning < EARNING_LEAST
    amounts = (coarse(each) for each in (row.quarter_minor, row.median_minor, row.three_quarters_minor))
    return HonestMonth(row.month, row.creators, None if few else row.earning, *amounts)


@dataclass(frozen=True, slots=True)
class Place:
    """What a shop earned in a month, and in which quarter of all creators that is (1 the lowest; 0: nobody to compare)."""

    month: date
    own_minor: int
    quarter: int
    all: HonestMonth | None


def own_place(actor: Actor, shop_id: UUID, *, now: datetime, months: int = MONTHS) -> list[Place]:
    """Return what a shop earned in each month since it opened that is over, beside what all did, the latest first.

    Three statements. Errors: NotFound, SignInNeeded.
    """
    opened = _today(access_own_shop(actor, shop_id).created_at).replace(day=1)
    wanted = [month for month in months_before(_today(now), months) if month >= opened]
    if not wanted:
        return []
    since = month_of(wanted[-1]).bounds(settings.TIME_ZONE)[0]
    with connection.cursor() as cursor:
        cursor.execute(OWN, (settings.TIME_ZONE, creator_account(shop_id), since))
        own = dict(cursor.fetchall())
    known = {row.month: row for row in list_honest(now=now, months=months)}
    return [Place(m, int(own.get(m, 0)), quarter_of(int(own.get(m, 0)), known.get(m)), known.get(m)) for m in wanted]


def quarter_of(own_minor: int, row: HonestMonth | None) -> int:
    """Return in which quarter of all creators an amount lies: 1 (not above the lower quartile) to 4; 0 without figures.

    Who earned as little as half of all did is not above the middle.
    """
    if row is None:
        return 0
    return 1 + sum(own_minor > edge for edge in (row.quarter_minor, row.median_minor, row.three_quarters_minor))
