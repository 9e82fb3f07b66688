"""Deliver the sandbox's messages: signed, at least once, with back-off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection

from renmai.config import config
from renmai.kit.http import Limits, OutgoingError, fetch
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.models import SandboxMessage
from renmai.money.gateways.sandbox.rules import ATTEMPTS_MAX, RESEND_SECONDS, SIGNATURE_HEADER, sign

LIMITS = Limits(bytes_max=64 * 1024, seconds_max=5.0, redirects_max=0)
AT_ONCE = 4
CLAIM = """
update money_sandboxmessage m
set attempts = attempts + 1, send_at = %s + make_interval(secs => (%s::int[])[least(attempts + 1, %s)])
where id in (
  select id from money_sandboxmessage
  where delivered_at is null and send_at <= %s and attempts < %s
  order by send_at, id limit %s for update skip locked
)
returning id, url, body, attempts
"""


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    url: str
    body: bytes


def deliver_due(now: datetime, *, limit: int = 100) -> int:
    """Send what is due to its merchant; return how many were taken (2xx).

    A message that is not taken is sent again after 1 s, 5 s, 30 s and so on, ten times at most. Claiming and sending are
    apart, so a crash between them costs a wait, never a message.
    """
    due = _claim(now, limit)
    if not due:
        return 0
    origin = config().pages_origin
    if len(due) == 1:
        answers = [_post(due[0], now, origin)]
    else:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(partial(_post, now=now, origin=origin), due))
    return sum(_note(message.id, status, now) for message, status in zip(due, answers, strict=True))


def _claim(now: datetime, limit: int) -> list[_Due]:
    with connection.cursor() as cursor:
        waits = list(RESEND_SECONDS)
        cursor.execute(CLAIM, (now, waits, len(waits), now, ATTEMPTS_MAX, limit))
        return [_Due(row[0], row[1], row[2].encode()) for row in sorted(cursor.fetchall())]


def _post(message: _Due, now: datetime, origin: str) -> int:
    headers = {
        "content-type": "application/json",
        SIGNATURE_HEADER: sign(webhook_key(), message.body, at=int(now.timestamp())),
    }
    try:
        return fetch(
            message.url, method="POST", body=message.body, headers=headers, limits=LIMITS, allow=frozenset({origin})
        ).status
    except OutgoingError:
        return 0


def _note(message_id: UUID, status: int, now: datetime) -> bool:
    taken = 200 <= status < 300
    changes = {"last_status": status or None, **({"delivered_at": now} if taken else {})}
    SandboxMessage.objects.filter(id=message_id).update(**changes)
    return taken
