"""Write mail, and send what is written by a job."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from renmai.config import config
from renmai.kit.mail.models import Mail

SEND_SECONDS_MAX = 20
KEEP_DAYS = 30
DELIVER = "renmai.kit.jobs.send_written_mail"


class MailNotSent(Exception):
    """The mail server did not take it; the text is the kind of error."""


def send_mail(*, to: str, subject: str, body: str, now: datetime) -> Mail:
    """Write a mail in the caller's transaction, with the job that sends it when SMTP_URL is set.

    Without SMTP_URL it stays in the outbox.
    """
    mail = Mail.objects.create(to=to, subject=" ".join(subject.split())[:200], body=body, created_at=now)
    if config().smtp_url is not None:
        app.configure_task(DELIVER).defer(mail_id=str(mail.id))
    return mail


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to write."""

    to: str
    subject: str
    body: str


def send_mails(*, letters: Sequence[Letter], now: datetime) -> None:
    """As `send_mail`, for many: one statement for the mails and one for their jobs."""
    mails = [
        Mail(to=each.to, subject=" ".join(each.subject.split())[:200], body=each.body, created_at=now)
        for each in letters
    ]
    Mail.objects.bulk_create(mails)
    if mails and config().smtp_url is not None:
        jobs: list[JSONDict] = [{"mail_id": str(mail.id)} for mail in mails]
        app.configure_task(DELIVER).batch_defer(*jobs)


def forget_mail(addresses: Sequence[str]) -> int:
    """Delete all mail to `addresses`, sent or not, in the caller's transaction; return how many."""
    count, _rows = Mail.objects.filter(to__in=addresses).delete()
    return count


def forget_old(*, now: datetime) -> int:
    """Delete mail older than KEEP_DAYS, sent or not; return how many. Codes, names and addresses stand in it."""
    count, _rows = Mail.objects.filter(created_at__lt=now - timedelta(days=KEEP_DAYS)).delete()
    return count


def deliver_mail(*, mail_id: UUID, now: datetime) -> None:
    """Send one mail by SMTP, once it is not sent yet. Errors: MailNotSent, so that the job is tried again."""
    with transaction.atomic():
        mail = Mail.objects.select_for_update().filter(id=mail_id, sent_at=None).first()
        if mail is not None:
            _send(mail, now)
    if mail is not None and mail.sent_at is None:
        raise MailNotSent(mail.error)


def _send(mail: Mail, now: datetime) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = config().mail_from, mail.to, mail.subject
    message["Message-ID"] = f"<{mail.id}@renmai>"
    message.set_content(mail.body)
    try:
        _deliver(message)
        mail.sent_at, mail.error = now, ""
    except (OSError, smtplib.SMTPException) as error:
        mail.error = type(error).__name__
    mail.save(update_fields=["sent_at", "error"])


def _deliver(message: EmailMessage) -> None:
    url = urlsplit(config().smtp_url or "")
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with kind(url.hostname or "localhost", url.port or 0, timeout=SEND_SECONDS_MAX) as server:
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
