"""The only place that asks the machine for the time. Everything else is handed `now`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def local_day(at: datetime) -> date:
    """Return the day a moment falls on in the installation's zone."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
