"""Mail is a row of its transaction, sent by SMTP on loopback, each once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from renmai.config import config
from renmai.kit.mail.actions import DELIVER, MailNotSent, deliver_mail, forget_old, send_mail
from renmai.kit.mail.models import Mail

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Post:
    """A mail server for one connection at a time that keeps what it takes, and refuses some recipients."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.taken: list[str] = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, client.makefile("rw", newline="\r\n", encoding="utf-8") as lines:
                self._talk(lines)

    def _talk(self, lines) -> None:  # type: ignore[no-untyped-def]
        def say(words: str) -> None:
            lines.write(words + "\n")
            lines.flush()

        say("220 post")
        for line in lines:
            word = line[:4].upper()
            if word == "DATA":
                say("354 go on")
                body = []
                for row in lines:
                    if row.strip() == ".":
                        break
                    body.append(row.rstrip())
                self.taken.append("\n".join(body))
            elif word == "RCPT" and "refused" in line:
                say("550 no")
                continue
            elif word == "QUIT":
                say("221 bye")
                return
            say("250 ok")


@pytest.fixture
def post(house: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    server = Post()
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{server.port}")
    config.cache_clear()
    yield server
    server.close()
    monkeypatch.undo()
    config.cache_clear()


def jobs(mail: Mail) -> int:
    """How many jobs wait to send a mail."""
    return ProcrastinateJob.objects.filter(task_name=DELIVER, status="todo", args__mail_id=str(mail.id)).count()


def test_mail_is_sent_once_with_its_words(post: Post) -> None:
    mail = send_mail(to="lin@example.org", subject="Your code\r\nBcc: x@example.org", body="人脉 123456\n", now=NOW)
    assert jobs(mail) == 1
    for _ in range(2):
        deliver_mail(mail_id=mail.id, now=NOW)
    (taken,) = post.taken
    assert f"Message-ID: <{mail.id}@renmai>" in taken and "To: lin@example.org" in taken
    assert "Subject: Your code Bcc: x@example.org" in taken and "\nBcc:" not in taken
    mail.refresh_from_db()
    assert (mail.sent_at, mail.error) == (NOW, "")


def test_a_refused_recipient_is_noted_and_tried_again(post: Post) -> None:
    bad = send_mail(to="refused@example.org", subject="a", body="", now=NOW)
    with pytest.raises(MailNotSent, match="SMTPRecipientsRefused"):
        deliver_mail(mail_id=bad.id, now=NOW)
    bad.refresh_from_db()
    assert (bad.sent_at, bad.error, post.taken) == (None, "SMTPRecipientsRefused", [])
    Mail.objects.filter(id=bad.id).update(to="good@example.org")
    deliver_mail(mail_id=bad.id, now=NOW)
    bad.refresh_from_db()
    assert (bad.sent_at, bad.error, len(post.taken)) == (NOW, "", 1)


def test_mail_and_its_job_go_with_their_transaction(post: Post) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        mail = send_mail(to="a@example.org", subject="a", body="", now=NOW)
        assert jobs(mail) == 1
        raise ZeroDivisionError
    assert Mail.objects.count() == 0 and jobs(mail) == 0


def test_without_a_server_mail_stays_in_the_outbox(house: None) -> None:
    mail = send_mail(to="a@example.org", subject="a", body="", now=NOW)
    assert mail.sent_at is None and jobs(mail) == 0


def test_old_mail_is_forgotten(house: None) -> None:
    for days in (0, 30, 31):
        send_mail(to=f"d{days}@example.org", subject="s", body="b", now=NOW - timedelta(days=days))
    assert forget_old(now=NOW) == 1
    assert set(Mail.objects.values_list("to", flat=True)) == {"d0@example.org", "d30@example.org"}
