"""The log over HTTP: the files of C2SP's tlog-tiles, cacheable, without a session, and only what is published."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import Client

from renmai.config import config
from renmai.trust.log.appending import append_entries
from renmai.trust.log.keys import read_key
from renmai.trust.log.publishing import publish
from renmai.trust.log.tiles import ENTRIES, Tile, bundles_at, tile_path, tiles_at
from tests.trust.plain_log import PlainLog

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DATAS = [b'{"fact":%d}' % n for n in range(600)]


def append(datas: Sequence[bytes]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        append_entries(cursor, datas)


@pytest.fixture
def client(house: None) -> Client:
    append(DATAS[:500])
    publish(now=NOW)
    append(DATAS[500:])
    return Client()


def test_the_checkpoint(client: Client) -> None:
    got = client.get("/credit/log/checkpoint")
    assert got.status_code == 200
    assert got.content == PlainLog(DATAS[:500], read_key(config().credit_key)).checkpoint()
    assert got["Content-Type"] == "text/plain; charset=utf-8"
    assert got["Cache-Control"] == "public, max-age=1"
    assert got["Access-Control-Allow-Origin"] == "*"
    again = client.get("/credit/log/checkpoint", headers={"If-None-Match": got["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", got["ETag"])
    publish(now=NOW)
    fresh = client.get("/credit/log/checkpoint", headers={"If-None-Match": got["ETag"]})
    assert fresh.status_code == 200
    assert fresh.content == PlainLog(DATAS, read_key(config().credit_key)).checkpoint()


def test_every_tile_and_bundle_of_what_is_published(client: Client) -> None:
    log = PlainLog(DATAS[:500])
    for tile in (*tiles_at(500), *bundles_at(500), Tile(0, 1, 3), Tile(ENTRIES, 0, 200)):
        got = client.get(f"/credit/log/{tile_path(tile)}")
        assert (got.status_code, got.content) == (200, log.tiles([tile])[0]), tile
        assert got["Content-Type"] == "application/octet-stream"
        assert got["Cache-Control"] == "public, max-age=31536000, immutable"
        assert got["Content-Length"] == str(len(got.content))
        assert (got.get("Vary"), got.cookies) == ("Accept-Encoding" if tile.level == ENTRIES else None, {})


def test_bundles_are_compressed_for_who_can_read_that(client: Client) -> None:
    packed = client.get("/credit/log/tile/entries/000", headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == PlainLog(DATAS).entries(0)
    assert len(packed.content) < len(PlainLog(DATAS).entries(0)) / 2
    tile = client.get("/credit/log/tile/0/000", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in tile


NOT_THERE = [
    "tile/0/002", "tile/0/001.p/245", "tile/0/001", "tile/entries/001.p/245", "tile/entries/002", "tile/2/000.p/1",
    "tile/1/000.p/2", "tile/1/000", "", "tile", "tile/0", "tile/8/000", "tile/63/000.p/1", "tile/0/000.p/256",
    "tile/0/x001/x000/x000/x000/x000/x000/000", "tile/0/0", "checkpoint/",
    "tile/entries/x999/x999/x999/x999/x999/999", "tile/0/x036/x028/x797/x018/x963/967", "../log/checkpoint",
    "tile/0/000%00", "tile/entries/%D9%A0%D9%A0%D9%A0",
]  # fmt: skip


def test_what_is_not_published_is_not_there(client: Client) -> None:
    for path in NOT_THERE:
        got = client.get(f"/credit/log/{path}")
        assert (got.status_code, got.get("Cache-Control")) == (404, "no-store"), path


def test_before_the_first_fact_there_is_nothing(house: None) -> None:
    for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"):
        assert Client().get(f"/credit/log/{path}").status_code == 404
    append(DATAS[:1])
    assert Client().get("/credit/log/tile/entries/000.p/1").status_code == 404


def test_head_and_other_methods(client: Client) -> None:
    for path in ("checkpoint", "tile/0/000", "tile/entries/000"):
        got, head = client.get(f"/credit/log/{path}"), client.head(f"/credit/log/{path}")
        assert (head.status_code, head.content, head.headers) == (200, b"", got.headers)
        assert client.post(f"/credit/log/{path}").status_code == 405


def test_a_file_costs_one_statement_and_no_session(client: Client) -> None:
    client.cookies["renmai_session"] = "x" * 32
    statements: list[str] = []

    def count(execute: object, sql: str, *args: object) -> object:
        statements.append(sql)
        return execute(sql, *args)  # type: ignore[operator]

    with connection.execute_wrapper(count):
        for path in ("checkpoint", "tile/0/000", "tile/0/001.p/100", "tile/1/000.p/1", "tile/entries/000"):
            statements.clear()
            got = client.get(f"/credit/log/{path}")
            assert (got.status_code, len(statements), got.cookies) == (200, 1, {})
