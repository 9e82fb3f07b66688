"""Addresses that are fetched by themselves: brought in, unchanged, failing, paused, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override

from renmai.goods.catalogue.models import ProductImport, Pull
from renmai.goods.catalogue.pulls import (
    BadAddress,
    TooManyPulls,
    add_pull,
    end_pull,
    fetch_pulls,
    pause_pull,
    resume_pull,
)
from renmai.goods.catalogue.rules import retry_minutes
from renmai.goods.products.models import Product, ProductChange
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from renmai.people.notices.models import Notice
from renmai.web.faults import fault_text
from renmai.web.notices import say_notice
from tests.goods.pool import NOW, category, member, product, refused, strangers, supplier
from tests.goods.runs import work_files
from tests.kit.loopback import Server

FILE = b"Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price,Cost per item\nmug,Mug,m,5,50,25\n"


def answer(body: bytes, status: str = "200 OK", etag: str = '"v1"') -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nETag: {etag}\r\n\r\n".encode() + body


@pytest.fixture
def kiln(house: None) -> Supplier:
    category("home")
    return supplier()


@pytest.fixture
def own(kiln: Supplier) -> Actor:
    actor = member(kiln)
    Membership.objects.create(person_id=actor.person_id, role="supplier", subject_id=kiln.id, created_at=NOW)
    return actor


def add(own: Actor, kiln: Supplier, url: str, **more: Any) -> Pull:
    return add_pull(actor=own, now=NOW, supplier_id=kiln.id, url=url, **{"every_hours": 6, **more})


def origin(server: Server) -> frozenset[str]:
    return frozenset({f"http://127.0.0.1:{server.port}"})


def test_a_file_is_brought_in_by_itself_and_asked_for_again_with_its_tag(kiln: Supplier, own: Actor) -> None:
    with Server(answer(FILE)) as server:
        pull = add(own, kiln, f"http://127.0.0.1:{server.port}/goods.csv?token=1")
        assert (fetch_pulls(now=NOW, allow=origin(server)), fetch_pulls(now=NOW, allow=origin(server))) == (1, 0)
        run = ProductImport.objects.get()
        assert (run.state, run.file_name, run.pull_id, run.by_id) == ("applying", "goods.csv", pull.id, own.person_id)
        assert fetch_pulls(now=NOW + timedelta(hours=7), allow=origin(server)) == 0  # the last file is not in yet
        work_files()
        assert Product.objects.get().state == "screening"
        pull.refresh_from_db()
        assert (pull.next_at, pull.etag, pull.last_import_id) == (NOW + timedelta(hours=6), '"v1"', run.id)
        assert fetch_pulls(now=NOW + timedelta(hours=6), allow=origin(server)) == 1
        assert b'if-none-match: "v1"' in server.requests[1].lower()


def test_not_modified_changes_nothing(kiln: Supplier, own: Actor) -> None:
    with Server(b"HTTP/1.1 304 Not Modified\r\n\r\n") as server:
        pull = add(own, kiln, f"http://127.0.0.1:{server.port}/f")
        Pull.objects.update(etag='"v1"', failures=2, error="x")
        assert fetch_pulls(now=NOW, allow=origin(server)) == 1
    pull.refresh_from_db()
    assert (ProductImport.objects.count(), pull.failures, pull.error, pull.etag) == (0, 0, "", '"v1"')
    assert pull.next_at == NOW + timedelta(hours=6)


def test_changes_of_a_pull_say_so(kiln: Supplier, own: Actor) -> None:
    product(kiln, "mug", stock=10)
    with Server(answer(b"SKU,Stock\nmug-0,4\n")) as server:
        add(own, kiln, f"http://127.0.0.1:{server.port}/stock.csv", kind="stock")
        fetch_pulls(now=NOW, allow=origin(server))
        work_files()
    assert list(ProductChange.objects.values_list("field", "after", "via", "by_id")) == [
        ("available", 4, "pull", own.person_id)
    ]


def test_failures_come_later_each_time_and_pause_it_in_the_end(kiln: Supplier, own: Actor) -> None:
    pull, now, waits = add(own, kiln, "http://127.0.0.1:1/f"), NOW, []
    for _ in range(5):
        assert fetch_pulls(now=now) == 1
        pull.refresh_from_db()
        assert "may not be called" in pull.error
        waits.append(None if pull.next_at is None else int((pull.next_at - now).total_seconds()) // 60)
        now = pull.next_at or now
    assert waits == [15, 30, 60, 120, None]
    assert fetch_pulls(now=now + timedelta(days=9)) == 0
    notice = Notice.objects.get()
    assert (notice.kind, notice.person_id, notice.href) == ("pull.paused", own.person_id, "/supplier/pulls")
    with override("zh-hans"):
        assert "不允许" in say_notice(notice).lines[0], say_notice(notice).lines
    resumed = resume_pull(actor=own, now=now, pull_id=pull.id)
    assert (resumed.failures, resumed.error, resumed.fault) == (0, "", None)
    assert fetch_pulls(now=now) == 1
    assert [retry_minutes(n, 1) for n in (1, 2, 3, 9)] == [15, 30, 60, 60]


def test_a_page_instead_of_a_file_counts_as_a_failure(kiln: Supplier, own: Actor) -> None:
    with Server(answer(b"<html>Please sign in</html>")) as server:
        pull = add(own, kiln, f"http://127.0.0.1:{server.port}/f")
        fetch_pulls(now=NOW, allow=origin(server))
        work_files()
    pull.refresh_from_db()
    assert (pull.failures, pull.etag, ProductImport.objects.get().state) == (1, "", "failed")
    with Server(answer(b"", "500 Oops")) as server:
        Pull.objects.update(url=f"http://127.0.0.1:{server.port}/f", next_at=NOW)
        fetch_pulls(now=NOW, allow=origin(server))
    pull.refresh_from_db()
    assert (pull.failures, pull.error) == (2, "The server answered 500.")
    assert pull.fault == {"code": "pull.answered", "params": {"answer": 500}}
    with override("zh-hans"):
        assert fault_text(pull.fault, pull.error) == "对方服务器返回 500。"
    assert fault_text({"code": "gone.code", "params": {}}, "x") == fault_text(None, "x") == "x"
    assert fault_text({"code": "pull.answered", "params": {}}, "x") == "x"


def test_one_that_is_paused_while_its_file_is_read_stays_paused(kiln: Supplier, own: Actor) -> None:
    with Server(answer(b"<html>Please sign in</html>")) as server:
        pull = add(own, kiln, f"http://127.0.0.1:{server.port}/f")
        fetch_pulls(now=NOW, allow=origin(server))
    pause_pull(actor=own, now=NOW, pull_id=pull.id)
    work_files()
    pull.refresh_from_db()
    assert (ProductImport.objects.get().state, pull.failures, pull.next_at) == ("failed", 1, None)
    assert not Notice.objects.exists()


def test_paused_and_ended_are_fetched_no_more(kiln: Supplier, own: Actor) -> None:
    pull = add(own, kiln, "http://127.0.0.1:1/f")
    assert pause_pull(actor=own, now=NOW, pull_id=pull.id).next_at is None
    assert fetch_pulls(now=NOW) == 0
    resume_pull(actor=own, now=NOW, pull_id=pull.id)
    for _ in range(2):
        assert end_pull(actor=own, now=NOW, pull_id=pull.id).ended_at == NOW
    assert (fetch_pulls(now=NOW), resume_pull(actor=own, now=NOW, pull_id=pull.id).next_at) == (0, None)


def test_only_sound_addresses_of_ones_own(kiln: Supplier, own: Actor) -> None:
    pull = add(own, kiln, "https://example.org/f.csv")
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda stranger=stranger: add(stranger, kiln, "https://example.org/f"))
        for step in (pause_pull, resume_pull, end_pull):
            refused(kind, lambda stranger=stranger, step=step: step(actor=stranger, now=NOW, pull_id=pull.id))
    for url, hours in (
        ("ftp://example.org/f", 6),
        ("https://a:b@example.org", 6),
        ("https://e.org", 0),
        ("https://e.org", 169),
    ):
        refused(BadAddress, lambda url=url, hours=hours: add(own, kiln, url, every_hours=hours))
    for n in range(9):
        add(own, kiln, f"https://example.org/{n}")
    refused(TooManyPulls, lambda: add(own, kiln, "https://example.org/x"))
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from goods_pull")
        assert cursor.fetchone() == (10,)
