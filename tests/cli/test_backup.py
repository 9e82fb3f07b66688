"""A filled house in one file, and back into another: every row, sum and picture; broken files change nothing."""

from __future__ import annotations

import json
import os
import resource
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from renmai.cli.backup import aside
from renmai.cli.backup.archive import (
    DATABASE,
    DRAFT,
    KEY,
    MANIFEST,
    TOKENS_KEY,
    WITNESS_KEY,
    BrokenArchive,
    Reader,
    Writer,
)
from renmai.cli.backup.command import media_files
from renmai.cli.backup.credit_key import add_key, bring_key, check_key, paths
from renmai.cli.house import HouseClosed
from renmai.config import config
from renmai.kit.db import connect
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_id
from renmai.kit.media.actions import store_picture
from renmai.kit.media.models import Media
from renmai.kit.postgres import Cluster, find_tool
from renmai.money.ledger.queries import balances_of, roll_up
from renmai.money.ledger.rules import creator_account
from renmai.places.shops.models import Shop
from renmai.places.streams.store import write_fragment
from renmai.trust.facts.lane import Draft, credit_lane
from renmai.trust.log.keys import made_key
from renmai.trust.log.notes import COSIGNATURE
from renmai.trust.log.publishing import publish
from tests.cli.test_house import HIDDEN, ended, start
from tests.trade.world import NOW
from tests.web.desk_world import a_picture
from tests.web.operator_world import Desk, make_desk, signed_in


@pytest.fixture
def desk(house: None, tmp_path: Path) -> Iterator[Desk]:
    """A house with orders in several states, money, documents and a picture; the test's own uploads."""
    kept, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path / "source" / "media"
    try:
        made = make_desk()
        face = store_picture(data=a_picture().read(), name="me.png", actor=made.world.creator(0), now=NOW)
        Shop.objects.filter(handle="lin").update(face_id=face.id)
        signed_in(made.operator)
        roll_up()
        owner = Shop.objects.get(handle="lin").owner_id
        credit_lane.run(
            [Draft("show.held", f"show:{n}", "creator", owner, NOW, {"outcome": "ended"}) for n in range(300)]
        )
        publish(now=NOW)
        (tmp_path / "source").mkdir(exist_ok=True)
        shutil.copy(config().credit_key, tmp_path / "source")
        made_key(tmp_path / "source" / "witness.key", "shop.example/credit/witness", COSIGNATURE)
        yield made
    finally:
        settings.MEDIA_ROOT = kept


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    Cluster(tmp_path / "home").destroy()


def source(tmp_path: Path, *args: str) -> tuple[int, str, str]:
    """Run a command on the test's database, with the test's uploads."""
    told = connection.settings_dict
    url = f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"
    return ended(start(tmp_path / "source", *args, DATABASE_URL=url))


def rows(url: str | None = None) -> dict[str, tuple[int, str]]:
    """Table -> (rows, hash over them), but for what belongs to a server or is not kept."""
    passed = {
        "kit_event",
        "kit_reactioncursor",
        "money_transfer",
        "money_balance",
        "django_session",
        "django_migrations",
    }
    with psycopg.connect(url) if url else connection.cursor() as held:
        found = held.execute("select tablename from pg_tables where schemaname = 'public'")
        names = [row[0] for row in (found or held).fetchall()]
        told = {}
        for name in sorted(set(names) - passed):
            found = held.execute(
                f"select count(*), coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {name} t"
            )
            told[name] = tuple((found or held).fetchall()[0])
        return told


def test_film_is_part_of_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", str(tmp_path))
    write_fragment(new_id(), 1, 43_200, bytes(32), b"film")
    (found,) = tmp_path.rglob("*.m4s")
    found.with_name(".begun.part").write_bytes(b"half")
    assert [path for _, path in media_files(tmp_path)] == [found]


def at(home: Path) -> str:
    return Cluster(home).ensure_running()


def test_a_filled_house_comes_back_whole(desk: Desk, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "house.renmai"
    code, out, err = source(tmp_path, "backup", str(file), "--json")
    assert code == 0, err
    told = json.loads(out.splitlines()[-1])
    assert (told["media"], file.stat().st_mode & 0o777) == (4, 0o600)
    code, out, err = ended(start(home, "restore", str(file), "--json"))
    assert code == 0, err
    assert json.loads(out.splitlines()[-1]) == {"rows": told["rows"], "media": 4, "violations": []}
    assert rows(at(home)) == rows()
    key = home / "credit.key"
    assert (key.read_bytes(), key.stat().st_mode & 0o777) == (config().credit_key.read_bytes(), 0o600)
    witness = home / "witness.key"
    assert (witness.read_bytes(), witness.stat().st_mode & 0o777) == (
        (tmp_path / "source" / "witness.key").read_bytes(),
        0o600,
    )
    accounts = [creator_account(shop.id) for shop in desk.world.shops] + ["escrow", "platform"]
    with psycopg.connect(at(home)) as held:
        assert _balances(held) == {name: amount for name, amount in balances_of(accounts).items() if amount} | {
            name: amount for name, amount in _balances(held).items() if name not in accounts
        }
        assert held.execute("select count(*) from django_session").fetchone() == (0,)
        assert held.execute("select to_regnamespace('renmai_before')").fetchone() == (None,)
    for media in Media.objects.all():
        assert list((home / "media").rglob(media.sha256)), media.original_name
    assert ended(start(home, "check", "--json"))[0] == 0
    # Once more, from the house that was restored.
    again = tmp_path / "again.renmai"
    assert ended(start(home, "backup", str(again)))[0] == 0
    with Reader(again) as one, Reader(file) as other:
        assert one.manifest["tables"] == other.manifest["tables"]


def _balances(held: psycopg.Connection[tuple[object, ...]]) -> dict[object, object]:
    found = held.execute("select account, amount_minor from money_balance where account <> '' and amount_minor <> 0")
    return dict(found.fetchall())  # type: ignore[arg-type]


def test_reactions_go_on_where_they_were(desk: Desk, home: Path, tmp_path: Path) -> None:
    """What was delivered is not again, what waited still does, and what comes now is seen."""
    record(*(Happened("link.made", new_id(), NOW, {}) for _ in range(3)))
    with connection.cursor() as cursor:
        cursor.execute("select xid, id from kit_event order by xid, id")
        events = cursor.fetchall()
        for name, place in (("one", events[2]), ("two", events[-3]), ("three", events[-1])):
            cursor.execute(
                "insert into kit_reactioncursor (reaction, xid, event_id) values (%s, %s, %s)", [name, *place]
            )
        cursor.execute("insert into kit_reactioncursor (reaction, xid) values ('new', 0)")
    file = tmp_path / "house.renmai"
    assert source(tmp_path, "backup", str(file))[0] == 0
    code, _, err = ended(start(home, "restore", str(file)))
    assert code == 0, err
    left = (
        "select c.reaction, count(e.id) from kit_reactioncursor c left join kit_event e"
        " on (e.xid, e.id) > (c.xid, coalesce(c.event_id, '00000000-0000-0000-0000-000000000000')) group by 1"
    )
    with psycopg.connect(at(home)) as held:
        wait = {"one": len(events) - 3, "two": 2, "three": 0, "new": len(events)}
        assert dict(held.execute(left).fetchall()) == wait
        held.execute(
            "insert into kit_event (id, kind, subject_id, at, data) values (%s, 'x', %s, now(), '{}')",
            [new_id(), new_id()],
        )
        assert dict(held.execute(left).fetchall()) == {name: count + 1 for name, count in wait.items()}


def test_money_moved_after_a_restore_counts(desk: Desk, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "house.renmai"
    assert source(tmp_path, "backup", str(file))[0] == 0
    assert ended(start(home, "restore", str(file)))[0] == 0
    account = creator_account(desk.world.shops[0].id)
    seen = (
        "select b.amount_minor, (select coalesce(sum(amount_minor), 0) from money_transfer where credit = b.account and"
        " xid >= b.xid) from money_balance b where account = %s"
    )
    with psycopg.connect(at(home)) as held:
        assert held.execute(seen, [account]).fetchone() == (balances_of([account])[account], 0)
        held.execute(
            "insert into money_transfer (id, debit, credit, amount_minor, currency, kind, subject_id, key, at)"
            " values (%s, 'escrow', %s, 700, 'CNY', 'settle', %s, 'after', now())", [new_id(), account, new_id()],
        )  # fmt: skip
        row = held.execute(seen, [account]).fetchone()
        assert row is not None and row[1] == 700


def spoiled(file: Path, target: Path, change: Callable[[str, bytes], bytes | None], extra: str = "") -> Path:
    """A copy of a backup in which parts are changed (or left out)."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = change(info.filename, old.read(info))
            if data is not None:
                new.writestr(info.filename, data)
        if extra:
            new.writestr(extra, b"x")
    return target


def test_a_broken_file_changes_nothing(desk: Desk, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "house.renmai"
    assert source(tmp_path, "backup", str(file))[0] == 0
    assert ended(start(home, "restore", str(file)))[0] == 0
    before = rows(at(home))
    whole = file.read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(whole[: len(whole) // 2])
    flip = tmp_path / "flip"
    flip.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    newer = lambda name, data: (
        data.replace(b'"people.0001_initial"', b'"people.9999_later"') if name == MANIFEST else data
    )
    fewer = lambda name, data: data.replace(b'"people_person": ', b'"people_person": 9') if name == MANIFEST else data
    for broken, said in (
        (cut, "is not a backup of Renmai"),
        (flip, "database.dump"),
        (
            spoiled(file, tmp_path / "a", lambda name, data: None if name == DATABASE else data),
            "does not hold the parts",
        ),
        (spoiled(file, tmp_path / "b", lambda _, data: data, "../evil"), "does not hold the parts"),
        (spoiled(file, tmp_path / "c", newer), "made by a newer Renmai"),
        (spoiled(file, tmp_path / "d", fewer), "people_person is not what it was"),
        (tmp_path / "none", "cannot be read: No such file"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        code, out, err = ended(start(home, "restore", str(broken), "--replace"))
        assert (code, out) == (1, ""), (broken, out, err)
        assert said in err, (broken, err)
        assert rows(at(home)) == before
        assert len(list((home / "media").rglob("*.webp"))) == 3


def test_only_into_an_empty_house_unless_told(desk: Desk, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "house.renmai"
    assert source(tmp_path, "backup", str(file))[0] == 0
    code, _, err = source(tmp_path, "backup", str(file))
    assert code == 1 and "is there already" in err
    assert ended(start(home, "operator", "op@example.com"))[0] == 0
    code, _, err = ended(start(home, "restore", str(file)))
    assert code == 1 and "this house is not empty: it has 2 people and events" in err and "--replace" in err
    with psycopg.connect(at(home), application_name="somebody"):
        code, _, err = ended(start(home, "restore", str(file), "--replace"))
        assert code == 1 and "stop it first" in err
    assert ended(start(home, "restore", str(file), "--replace"))[0] == 0
    assert rows(at(home)) == rows()


def test_no_password_is_in_an_argument_or_a_message(desk: Desk, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    assert "PGPASSWORD" not in kept
    url = "postgresql://renmai:hidden-word@127.0.0.1:1/renmai"
    code, out, err = ended(start(tmp_path / "source", "backup", str(tmp_path / "x"), DATABASE_URL=url))
    assert code == 1 and "hidden-word" not in out + err
    assert not (tmp_path / "x").exists()


def test_parts_are_streamed_and_compared(tmp_path: Path) -> None:
    name = "media/aa/" + "a" * 64 + "/320.webp"
    with Writer(tmp_path / "f") as writer:
        writer.add(DATABASE, iter([b"one", b"two"]))
        writer.add(name, iter(()))
        writer.finish({"version": "1"})
    with Reader(tmp_path / "f") as reader:
        reader.verify()
        pieces: list[bytes] = []
        reader.copy(DATABASE, pieces.append)
        assert (b"".join(pieces), reader.media_names(), reader.manifest["version"]) == (b"onetwo", [name], "1")
    with pytest.raises(BrokenArchive), Writer(tmp_path / "f"):
        pass
    with pytest.raises(RuntimeError), Writer(tmp_path / "g"):
        raise RuntimeError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f"]


@pytest.mark.parametrize(("part", "of"), [(KEY, "credit log"), (TOKENS_KEY, "credit log"), (WITNESS_KEY, "witness")])
def test_a_key_comes_back_and_never_over_another(tmp_path: Path, part: str, of: str) -> None:
    assert paths()[part].name == part
    key, back = tmp_path / part, tmp_path / "back" / part
    key.write_text("the key")
    for name, path in (("with", key), ("without", back)):
        with Writer(tmp_path / name) as writer:
            writer.add(DATABASE, iter([b"rows"]))
            add_key(writer, path, part)
            writer.finish({})
    with Reader(tmp_path / "without") as reader:
        check_key(reader, key, part)
        bring_key(reader, back, part)
        assert not back.exists()
    with Reader(tmp_path / "with") as reader:
        for _ in range(2):
            check_key(reader, back, part)
            bring_key(reader, back, part)
            assert (back.read_text(), back.stat().st_mode & 0o777) == ("the key", 0o600)
        back.write_text("another")
        with pytest.raises(HouseClosed, match=f"another {of} than"):
            check_key(reader, back, part)
        bring_key(reader, back, part)
        assert back.read_text() == "another"


def test_a_full_disk_leaves_nothing_and_drafts_of_the_killed_go(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, hard))
    try:
        with pytest.raises(OSError, match="File too large"), Writer(tmp_path / "f") as writer:
            writer.add(DATABASE, iter([b"x" * 2**20]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / f".old.1{DRAFT}").write_bytes(b"left by one that was killed")
    with Writer(tmp_path / "f"), Writer(tmp_path / "g"):
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            f".{name}.{os.getpid()}{DRAFT}" for name in ("f", "g")
        ]
    with pytest.raises(BrokenArchive, match="There is no folder"), Writer(tmp_path / "none" / "f"):
        pass


def test_what_was_put_aside_comes_back_from_anywhere(desk: Desk, tmp_path: Path) -> None:
    """As after a kill: when everything was aside, half restored, and when the uploads were in place already."""
    root, before = Path(settings.MEDIA_ROOT), rows()
    files = sorted(path.relative_to(root) for path in root.rglob("*"))
    with connect(application_name="test", autocommit=True) as held:
        for swapped in (False, True):
            assert aside.undo(held, root) is False
            (aside.sides(root)[0] / "new").mkdir(parents=True)
            aside.put_aside(held)
            held.execute("create table trade_order (half int); create type half as enum ('a'); create sequence third")
            if swapped:
                aside.swap_media(root)
                assert (root / "new").is_dir()
            assert aside.is_aside(held)
            assert aside.undo(held, root) is True
            assert rows() == before and not aside.is_aside(held)
            assert sorted(path.relative_to(root) for path in root.rglob("*")) == files
            assert sorted(path.name for path in root.parent.iterdir()) == ["credit.key", "media", "witness.key"]


def test_a_restore_that_is_killed_is_undone_by_the_next_command(desk: Desk, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "house.renmai"
    assert source(tmp_path, "backup", str(file))[0] == 0
    assert ended(start(home, "restore", str(file)))[0] == 0
    assert ended(start(home, "operator", "op@example.com"))[0] == 0
    before, files = rows(at(home)), sorted((home / "media").rglob("*"))
    assert {path.stat().st_mode & 0o077 for path in files if path.is_file()} == {0}
    restoring = start(home, "restore", str(file), "--replace")
    while not (home / "media.restored").exists():
        assert restoring.poll() is None
        time.sleep(0.01)
    with psycopg.connect(at(home), autocommit=True) as held:
        while held.execute("select to_regnamespace('renmai_before')").fetchone() == (None,):
            assert restoring.poll() is None
            time.sleep(0.01)
    restoring.kill()
    restoring.communicate()
    code, _, err = ended(start(home, "worker"))
    assert code == 1 and "a restore is under way or was broken off" in err
    code, _, err = ended(start(home, "check"))
    assert code == 0 and "everything is again as it was before it" in err, err
    assert rows(at(home)) == before and sorted((home / "media").rglob("*")) == files
    assert not list(home.glob("media.*"))
    assert ended(start(home, "check"))[::2] == (0, "")


def test_the_tool_is_not_older_than_the_server() -> None:
    assert find_tool("pg_dump", 15).endswith("/pg_dump")
    with pytest.raises(Exception, match="No pg_dump of PostgreSQL 99"):
        find_tool("pg_dump", 99)
