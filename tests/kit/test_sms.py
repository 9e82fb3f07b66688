"""A text message is a row of its transaction, sent by a signed call, each once; how many there may be is limited."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from renmai.config import config
from renmai.kit.problems import TooMany
from renmai.kit.sms.actions import (
    DELIVER,
    PER_CALLER_DAY_MAX,
    PER_NUMBER_DAY_MAX,
    SmsNotSent,
    count_sms,
    deliver_sms,
    send_sms,
    sms_offered,
)
from renmai.kit.sms.models import Sms
from renmai.kit.sms.rules import BadPhone, checked_phone, masked_phone

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NUMBER = "+8613800138000"


class Service:
    """A service that keeps what it is sent and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers = 200, {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                service.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def url(self) -> str:
        """Where it listens; the query is a secret, as some services have it."""
        return f"http://127.0.0.1:{self.server.server_port}/send?key=hush-hush"

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def service(house: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    made = Service()
    monkeypatch.setenv("SMS_URL", made.url)
    monkeypatch.setenv("SMS_SECRET", "s3cret")
    config.cache_clear()
    yield made
    made.close()
    monkeypatch.undo()
    config.cache_clear()


def jobs(sms: Sms) -> int:
    """How many jobs wait to send a message."""
    return ProcrastinateJob.objects.filter(task_name=DELIVER, status="todo", args__sms_id=str(sms.id)).count()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800138000", NUMBER),
        ("138 0013-8000", NUMBER),
        ("013800138000", NUMBER),
        ("\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10", NUMBER),
        ("+86 (138) 0013.8000", NUMBER),
        ("0086 138 0013 8000", NUMBER),
        ("+44 7700 900123", "+447700900123"),
        ("+1 415 555 0100", "+14155550100"),
    ],
)
def test_numbers_as_people_type_them(typed: str, number: str) -> None:
    assert checked_phone(typed, country="86") == number


@pytest.mark.parametrize(
    "typed",
    ["", "12", "12800138000", "1380013800", "+0123456789", "+1234567890123456", "+86 10 6552 9988", "13800x38000"],
)
def test_what_no_message_reaches(typed: str) -> None:
    with pytest.raises(BadPhone):
        checked_phone(typed, country="86")


def test_another_country_by_setting_and_a_masked_number() -> None:
    assert checked_phone("07700 900123", country="44") == "+447700900123"
    assert masked_phone(NUMBER) == "\u20268000"


def test_a_message_is_sent_once_signed_and_its_words_are_gone(service: Service) -> None:
    sms = send_sms(to=NUMBER, words="Renmai:\n 123456", now=NOW)
    assert jobs(sms) == 1
    for _ in range(2):
        deliver_sms(sms_id=sms.id, now=NOW)
    ((headers, body),) = service.taken
    assert json.loads(body) == {"id": str(sms.id), "to": NUMBER, "text": "Renmai: 123456"}
    assert headers["renmai-signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["idempotency-key"] == str(sms.id)
    sms.refresh_from_db()
    assert (sms.sent_at, sms.words, sms.error) == (NOW, "", "")


def test_a_refusal_is_tried_again_and_says_nothing_secret(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.status = 500
    sms = send_sms(to=NUMBER, words="123456", now=NOW)
    with caplog.at_level(logging.DEBUG), pytest.raises(SmsNotSent, match="answered 500"):
        deliver_sms(sms_id=sms.id, now=NOW)
    sms.refresh_from_db()
    assert (sms.sent_at, sms.error, sms.words) == (None, "answered 500", "123456")
    assert not any(word in caplog.text for word in ("hush-hush", "s3cret", "123456", NUMBER))
    service.status = 202
    deliver_sms(sms_id=sms.id, now=NOW + timedelta(minutes=2))
    sms.refresh_from_db()
    assert (sms.sent_at, sms.error) == (NOW + timedelta(minutes=2), "")


def test_a_redirect_leads_nowhere_and_an_old_code_is_not_sent(service: Service) -> None:
    service.status, service.headers = 307, {"location": "http://127.0.0.1:9/elsewhere"}
    sms = send_sms(to=NUMBER, words="123456", now=NOW)
    with pytest.raises(SmsNotSent, match="answered 307"):
        deliver_sms(sms_id=sms.id, now=NOW)
    deliver_sms(sms_id=sms.id, now=NOW + timedelta(minutes=11))
    assert len(service.taken) == 1


def test_another_private_address_is_not_called(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's own origin may be private; nothing else may, whatever the name leads to."""
    monkeypatch.setenv("SMS_URL", "ftp://127.0.0.1/send")  # not http: refused before anything is opened
    config.cache_clear()
    sms = send_sms(to=NUMBER, words="1", now=NOW)
    with pytest.raises(SmsNotSent, match="BlockedAddress"):
        deliver_sms(sms_id=sms.id, now=NOW)
    monkeypatch.undo()
    config.cache_clear()


def test_a_message_goes_with_its_transaction(service: Service) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sms = send_sms(to=NUMBER, words="a", now=NOW)
        assert jobs(sms) == 1
        raise ZeroDivisionError
    assert Sms.objects.count() == 0 and jobs(sms) == 0


def test_without_a_service_it_stays_in_the_outbox(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sms = send_sms(to=NUMBER, words="a", now=NOW)
    assert (jobs(sms), sms_offered()) == (0, True)
    monkeypatch.setenv("PUBLIC_URL", "https://shop.example")
    config.cache_clear()
    assert not sms_offered()
    monkeypatch.undo()
    config.cache_clear()


def test_number_caller_and_house_are_limited_by_day(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(PER_NUMBER_DAY_MAX):
        count_sms(to=NUMBER, caller="", now=NOW)
    with pytest.raises(TooMany):
        count_sms(to=NUMBER, caller="", now=NOW)
    for number in range(PER_CALLER_DAY_MAX):
        count_sms(to=f"+4477009{number:05}", caller="198.51.100.7", now=NOW)
    with pytest.raises(TooMany):
        count_sms(to="+447700999999", caller="198.51.100.7", now=NOW)
    monkeypatch.setenv("SMS_PER_DAY", str(PER_NUMBER_DAY_MAX + PER_CALLER_DAY_MAX + 1))
    config.cache_clear()
    count_sms(to="+447700999998", caller="", now=NOW)
    with pytest.raises(TooMany):
        count_sms(to="+447700999997", caller="", now=NOW)
    count_sms(to=NUMBER, caller="198.51.100.7", now=NOW + timedelta(days=1))
    monkeypatch.undo()
    config.cache_clear()
