"""What time brings about for models: a fit a night, and rows and files put away that nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from renmai.kit.clock import local_day
from renmai.matching.fits.artefacts import folder, path_of
from renmai.matching.fits.models import Fit, FitRun, ModelName, ModelState
from renmai.matching.fits.reading import first_moment
from renmai.matching.fits.rows import delete_rows, list_to_put_away
from renmai.matching.fits.runs import the_only_one

NIGHT_HOUR = 3
"""From this hour on, once a day: the day before is over, and few are awake."""
FILES_KEPT = 5
RUNS_KEPT = timedelta(days=90)
ORPHAN_SECONDS = 86_400
PLAN = """
insert into matching_fitrun (id, name, what, state, step, done, total, tries, error, asked_at)
select gen_random_uuid(), n.name, 'fit', 'waiting', '', 0, 0, 0, '', %(now)s from unnest(%(names)s::text[]) n (name)
where not exists (select from matching_fitrun r where r.name = n.name and r.asked_at >= %(today)s)
  and exists (
    select from matching_signal s
    where s.at < %(today)s and s.thing = 'product'
      and s.at >= coalesce((select f.until from matching_fit f where f.name = n.name and f.state = 'serving'), '-infinity'))
on conflict do nothing
"""


def plan_nightly(*, now: datetime) -> int:
    """Ask for a fit of each model that was not asked for today and has new signals, once it is three at night; return how many."""
    if now.astimezone(ZoneInfo(settings.TIME_ZONE)).hour < NIGHT_HOUR:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(PLAN, {"now": now, "today": first_moment(local_day(now)), "names": ModelName.values})
        return int(cursor.rowcount)


def put_away(*, now: datetime) -> int:
    """Delete rows of models that neither serve nor served last before, some batches a run; return how many models are without.

    Files stay of the five newest of each name; of runs ninety days.
    """
    with the_only_one() as held:
        if not held:
            return 0
        done = sum(delete_rows(fit_id) for fit_id in list_to_put_away())
        _put_files_away(now)
    FitRun.objects.filter(asked_at__lt=now - RUNS_KEPT).delete()
    return done


def _put_files_away(now: datetime) -> None:
    kept = set(Fit.objects.filter(state__in=(ModelState.SERVING, ModelState.FITTED)).values_list("sha256", flat=True))
    for name in ModelName.values:
        newest = Fit.objects.filter(name=name).exclude(sha256="").order_by("-version")
        kept |= set(newest.values_list("sha256", flat=True)[:FILES_KEPT])
    for file in folder().glob("*"):
        # A file is written before its row: what is young may be of a fit under way.
        if file not in {path_of(sha256) for sha256 in kept} and now.timestamp() - file.stat().st_mtime > ORPHAN_SECONDS:
            file.unlink(missing_ok=True)
