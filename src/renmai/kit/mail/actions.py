"""Write mail, and send what is written."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from django.db import transaction

from renmai.config import config
from renmai.kit.mail.models import Mail

SEND_SECONDS_MAX = 20


def send_mail(*, to: str, subject: str, body: str, now: datetime) -> Mail:
    """Write a mail in the caller's transaction; a job sends it when SMTP_URL is set, else it stays in the outbox."""
    return Mail.objects.create(to=to, subject=" ".join(subject.split())[:200], body=body, created_at=now)


def send_due_mail(*, now: datetime, limit: int = 50) -> int:
    """Send mail that is not sent yet by SMTP; return how many. Without SMTP_URL nothing is sent."""
    if config().smtp_url is None:
        return 0
    with transaction.atomic():
        due = list(Mail.objects.select_for_update(skip_locked=True).filter(sent_at=None, error="")[:limit])
        for mail in due:
            _send(mail, now)
    return len(due)


def _send(mail: Mail, now: datetime) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = config().mail_from, mail.to, mail.subject
    message["Message-ID"] = f"<{mail.id}@renmai>"
    message.set_content(mail.body)
    try:
        _deliver(message)
        mail.sent_at = now
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
