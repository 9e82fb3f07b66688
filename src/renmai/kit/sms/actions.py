"""Write text messages, and send what is written by a job. They cost money: how many may be sent is limited three ways.

The service's contract, so that any provider's interface can be put behind it in an afternoon: `POST SMS_URL` with JSON
{"id", "to", "text"}, the header `Idempotency-Key: <id>` (a message is sent once) and
`Renmai-Signature: sha256=<HMAC-SHA256 of the body, key SMS_SECRET>`; any 2xx says that it was taken.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.db import transaction
from procrastinate.contrib.django import app

from renmai.config import config
from renmai.kit.http import Limits, Network, fetch
from renmai.kit.limits.actions import count_try
from renmai.kit.outgoing import OutgoingError
from renmai.kit.sms.models import Sms

DELIVER = "renmai.kit.jobs.send_written_sms"
LIMITS = Limits(bytes_max=64_000, seconds_max=10, redirects_max=0)
MINUTES_MAX = 10
PER_NUMBER_DAY_MAX, PER_CALLER_DAY_MAX = 10, 40
DAY_SECONDS = 86_400
WORDS_MAX = 300


class SmsNotSent(Exception):
    """The service did not take it; the text is the kind of error, never what was sent or where."""


def sms_offered() -> bool:
    """Return whether text messages can reach anybody: a service is set, or this house is only looked at from inside."""
    settings = config()
    host = urlsplit(settings.pages_origin).hostname
    return settings.sms_url is not None or settings.demo or host in {"127.0.0.1", "localhost", "::1"}


def count_sms(*, to: str, caller: str, now: datetime) -> None:
    """Count a message before it is written, by caller, number and house and day. Outside a transaction. Errors: TooMany.

    The house comes last: who is refused as a caller takes nothing from everybody else.
    """
    house_max = config().sms_per_day
    if caller:
        count_try(name="sms_caller", who=caller, tries_max=PER_CALLER_DAY_MAX, window_seconds=DAY_SECONDS, now=now)
    count_try(name="sms_number", who=to, tries_max=PER_NUMBER_DAY_MAX, window_seconds=DAY_SECONDS, now=now)
    count_try(name="sms_house", who="house", tries_max=house_max, window_seconds=DAY_SECONDS, now=now)


def forget_sms(numbers: Sequence[str]) -> int:
    """Delete all messages to `numbers`, sent or not, in the caller's transaction; return how many."""
    count, _rows = Sms.objects.filter(to__in=numbers).delete()
    return count


def send_sms(*, to: str, words: str, now: datetime) -> Sms:
    """Write a message in the caller's transaction, with the job that sends it when SMS_URL is set.

    Without SMS_URL it stays in the outbox.
    """
    sms = Sms.objects.create(to=to, words=" ".join(words.split())[:WORDS_MAX], created_at=now)
    if config().sms_url is not None:
        app.configure_task(DELIVER).defer(sms_id=str(sms.id))
    return sms


def deliver_sms(*, sms_id: UUID, now: datetime, network: Network | None = None) -> None:
    """Send one message, once it is not sent yet and still of use. Errors: SmsNotSent, so that the job is tried again."""
    with transaction.atomic():
        sms = Sms.objects.select_for_update().filter(id=sms_id, sent_at=None).first()
        if sms is None or now - sms.created_at > timedelta(minutes=MINUTES_MAX):
            return
        sms.error = _deliver(sms, network or Network())
        if not sms.error:
            sms.sent_at, sms.words = now, ""
        sms.save(update_fields=["sent_at", "error", "words"])
    if sms.error:
        raise SmsNotSent(sms.error)


def _deliver(sms: Sms, network: Network) -> str:
    """Return "" when the service took it, else the kind of error."""
    settings = config()
    url = settings.sms_url or ""
    secret = settings.sms_secret.get_secret_value() if settings.sms_secret else ""
    body = orjson.dumps({"id": sms.id, "to": sms.to, "text": sms.words})
    headers = {
        "content-type": "application/json",
        "idempotency-key": str(sms.id),
        "renmai-signature": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}",
    }
    parts = urlsplit(url)
    own = frozenset({f"{parts.scheme}://{parts.netloc}"})  # the operator's own service may be on a private address
    try:
        answer = fetch(url, method="POST", body=body, headers=headers, limits=LIMITS, allow=own, network=network)
    except OutgoingError as refusal:
        return type(refusal).__name__
    return "" if 200 <= answer.status < 300 else f"answered {answer.status}"


def forget_old(*, now: datetime) -> None:
    """Delete messages older than two days."""
    Sms.objects.filter(created_at__lt=now - timedelta(days=2)).delete()
