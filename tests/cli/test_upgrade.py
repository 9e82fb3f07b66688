"""A house as the release before wrote it (tests/golden/house-0.4.0.sql.gz) is brought up to date: told, whole, open.

The file is `pg_dump --inserts` of a house that the code of that release made: orders in several states, money, an agency
with a contract, a shared sale, screening, payouts.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from renmai.kit.postgres import Cluster
from tests.cli.test_house import ended, start

RELEASE = Path(__file__).parents[1] / "golden" / "house-0.4.0.sql.gz"
COUNTED = (
    "people_person",
    "trade_order",
    "trade_orderline",
    "money_transfer",
    "kit_event",
    "goods_product",
    "places_pick",
)
# Columns that have another name or another place now; every value of all others is what it was.
RENAMED = {"trade_sharelink.pick_id", "trust_review.title", "trust_review.text"}
# Pages of every audience, opened by who may.
PAGES = """
from django.test import Client
from renmai.people.accounts.models import Person
from renmai.trade.orders.models import Order
def client(email):
    one = Client(headers={"host": "127.0.0.1"})
    one.force_login(Person.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return one
order = Order.objects.filter(state="settled").first()
buyer, lin, op = client("buyer@example.org"), client("lin@example.org"), client("op@example.org")
asked = [(Client(headers={"host": "127.0.0.1"}), ("/", "/@lin", "/healthz", "/readyz")),
         (buyer, ("/me", "/orders", f"/orders/{order.id}", "/addresses", "/links", "/me/erasure", "/me/notices")),
         (lin, ("/creator", "/creator/picks", "/creator/orders", "/creator/earnings", "/creator/shop")),
         (op, ("/operator", "/operator/orders", f"/operator/orders/{order.id}", "/operator/people", "/operator/shops",
               "/operator/audit", "/operator/terms", "/operator/ledger", "/operator/agencies", "/operator/payouts"))]
for who, pages in asked:
    for page in pages:
        print("page", page, who.get(page).status_code)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A house as the release before left it."""
    home = tmp_path / "home"
    text = gzip.decompress(RELEASE.read_bytes()).decode()
    statements = "\n".join(line for line in text.splitlines() if not line.startswith("\\"))
    with psycopg.connect(Cluster(home).ensure_running(), autocommit=True) as held:
        held.execute(statements.encode())
    yield home
    Cluster(home).destroy()


def counted(home: Path) -> dict[str, object]:
    with psycopg.connect(Cluster(home).ensure_running()) as held:
        rows = {name: held.execute(f"select count(*) from {name}".encode()).fetchone() for name in COUNTED}
        rows["paid"] = held.execute("select sum(total_minor), sum(refunded_minor) from trade_order").fetchone()
        rows["moved"] = held.execute("select sum(amount_minor), count(distinct debit) from money_transfer").fetchone()
        return dict(rows)


def written(home: Path) -> dict[str, dict[str, object]]:
    """Table -> column -> a hash over all its values, each with the id of its row if there is one."""
    columns = (
        "select table_name, array_agg(column_name::text order by column_name) from information_schema.columns"
        " where table_schema = 'public' group by 1"
    )
    told: dict[str, dict[str, object]] = {}
    with psycopg.connect(Cluster(home).ensure_running()) as held:
        for table, names in held.execute(columns).fetchall():
            if table.startswith(("auth_", "django_", "procrastinate_")):
                continue
            key = "id::text" if "id" in names else "''"
            hashes = ", ".join(
                f"md5(string_agg({key} || coalesce(t.\"{name}\"::text, '-'), '~' order by {key}, t.\"{name}\"::text))"
                for name in names
            )
            row = held.execute(f"select {hashes} from {table} t".encode()).fetchone()
            told[table] = dict(zip(names, row or (), strict=True))
    return told


def test_the_release_before_is_brought_up_to_date(home: Path) -> None:
    before = counted(home)
    rows = written(home)
    code, out, err = ended(start(home, "check", "--json"))
    assert (code, json.loads(out.splitlines()[-1])) == (0, {"violations": []}), err
    assert "This house was made by an earlier Renmai." in err and "is brought up to date now, in " in err
    assert "An earlier Renmai can no longer open this house." in err
    assert counted(home) == before
    after = written(home)
    assert set(rows) <= set(after)
    changed = {
        f"{table}.{name}" for table, columns in rows.items() for name, value in columns.items()
        if after[table].get(name) != value
    }  # fmt: skip
    assert changed == RENAMED
    code, out, err = ended(start(home, "check"))
    assert (code, err) == (0, ""), err  # the second time there is nothing to say
    code, out, err = ended(start(home, "manage", "shell", "-v0", "-c", PAGES))
    answers = [line.split() for line in out.splitlines() if line.startswith("page ")]
    assert code == 0 and len(answers) == 26, err
    assert [answer for answer in answers if answer[2] != "200"] == []


def test_a_house_of_a_newer_renmai_is_left_alone(home: Path) -> None:
    with psycopg.connect(Cluster(home).ensure_running()) as held:
        held.execute("insert into django_migrations (app, name, applied) values ('people', '9999_later', now())")
        held.commit()
    before = counted(home)
    for command in ("check", "serve"):
        code, out, err = ended(start(home, command))
        assert (code, out) == (1, "")
        assert "this house was opened by a newer Renmai (its database has people.9999_later)" in err
    assert counted(home) == before
    with psycopg.connect(Cluster(home).ensure_running()) as held:
        assert held.execute("select to_regclass('people_erasure')").fetchone() == (None,)
