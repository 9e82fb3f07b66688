"""Replay: made-up tables with one order for each thing that goes wrong, and the real ones."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from rich.console import Console

from renmai.cli import check
from renmai.cli.check import read_violations
from renmai.cli.replay import command
from renmai.cli.replay.command import replay
from renmai.cli.replay.reader import TableUnreadable, read_tables
from renmai.goods.products.models import Sku, Stock
from renmai.kit.events.models import Event
from renmai.money.payments.models import MoneyException, PaymentReturn
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, Parcel
from renmai.trust.reviews.models import Review
from tests.cli.olist import real_tables, write_tables


def run(folder: Path, limit: int | None = None) -> dict[str, Any]:
    outcome = replay(folder, limit=limit, console=Console(file=io.StringIO()))
    answer: dict[str, Any] = json.loads(json.dumps(outcome.as_json()))
    return answer


def digest() -> dict[str, tuple[int, int]]:
    """Return table -> (rows, a sum of hashes of all rows), of every table of the house but the rolled-up balances."""
    with connection.cursor() as cursor:
        names = sorted(set(connection.introspection.table_names(cursor)) - {"money_balance"})
        found = {}
        for name in names:
            cursor.execute(f'select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from "{name}" t')
            found[name] = cursor.fetchone()
    return found


def order_of(name: str) -> Order:
    return Order.objects.get(checkout_id=Checkout.objects.get(key=f"olist:{name}").id)


def on_command_line(capsys: pytest.CaptureFixture[str], module: Any, *argv: str) -> tuple[int, str]:
    """Run a command as the command line does; return its exit code and the last line on stdout."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    code = module.run(parser.parse_args(argv))
    return code, capsys.readouterr().out.rstrip().rsplit("\n", 1)[-1]


@pytest.fixture
def small(house: None, tmp_path: Path) -> Path:
    return write_tables(tmp_path)


def test_every_order_ends_where_its_tables_lead(small: Path) -> None:
    answer = run(small)
    ends = {
        checkout.key.removeprefix("olist:"): order_of(checkout.key[6:]).state for checkout in Checkout.objects.all()
    }
    assert ends == {
        "plain": "settled",
        "parts": "settled",
        "over": "settled",
        "short": "placed",
        "late": "expired",
        "lateover": "expired",
        "justintime": "settled",
        "nolines": "refunded",
        "neverapproved": "refunded",
        "cancelled": "refunded",
        "backwards": "settled",
        "transit": "shipped",
    }
    assert answer["orders_total"] == 12
    assert answer["orders"] == {"expired": 2, "placed": 1, "refunded": 3, "settled": 5, "shipped": 1}
    assert answer["violations"] == []
    assert read_violations() == []


def test_what_does_not_add_up_is_shown_and_none_is_forced(small: Path) -> None:
    answer = run(small)
    assert answer["exceptions"] == {
        "amount": 3, "excess": 2, "short": 1, "no_lines": 2, "time_order": 1, "late": 2,
    }  # fmt: skip
    names = {checkout.id: checkout.key.removeprefix("olist:") for checkout in Checkout.objects.all()}
    shown = {(names[row.subject_id], row.kind, row.difference_minor) for row in MoneyException.objects.all()}
    assert shown == {
        ("over", "excess", 100),
        ("lateover", "excess", 150),
        ("short", "short", -1),
        ("nolines", "no_lines", 9900),
        ("neverapproved", "no_lines", 100),
        ("backwards", "time_order", 0),
    }
    assert answer["held_back"] == {"hand_over": 3, "deliver": 2}
    assert answer["refusals"] == {"order.not_now": 1, "review.already": 1, "review.not_bought": 2}
    assert sorted(Review.objects.values_list("score", flat=True)) == [5]
    back = sorted(PaymentReturn.objects.values_list("reason", "amount_minor"))
    assert back == [("late", 3500), ("late", 3650), ("refund", 100), ("refund", 800), ("refund", 9900)]


def test_the_money_re_adds_to_the_tables(small: Path) -> None:
    answer = run(small)
    money, settled = answer["money"], answer["money"]["settled"]
    captured = 2450 + 4400 + 3600 + 3499 + 3500 + 3650 + 3500 + 9900 + 100 + 3 * 800
    assert money["captured"] == answer["in_tables"]["paid_minor"] == captured
    assert money["paid"] == 2450 + 4400 + 3500 + 3500 + 9900 + 100 + 3 * 800
    assert money["refunded"] == 9900 + 100 + 800
    assert money["escrow"] == 800
    assert money["unapplied"] == 100 + 3499
    assert money["return_due"] == money["refunded"] + 3500 + 3650
    goods, freight = 2000 + 1200 + 3000 + 3000 + 3000 + 700, 450 + 200 + 500 + 500 + 100
    fees, commissions = goods * 5 // 100, goods * 15 // 100
    assert settled == {"platform": fees, "creator": commissions, "supplier": goods - fees - commissions + freight}
    assert sum(settled.values()) + sum(money[k] for k in ("escrow", "unapplied", "return_due")) == captured


def test_time_is_as_it_happened(small: Path) -> None:
    run(small)
    backwards = order_of("backwards")
    parcel = Parcel.objects.get(order=backwards)
    assert str(backwards.paid_at) == str(parcel.handed_over_at) == "2017-05-07 09:30:00+00:00"
    assert str(parcel.delivered_at) == "2017-05-10 12:00:00+00:00"
    assert str(backwards.received_at) == "2017-05-21 00:00:00+00:00"
    settled = Event.objects.get(kind="order.settled", subject_id=backwards.id)
    assert str(settled.at) == "2017-06-05 00:00:00+00:00"
    late = order_of("late")
    assert str(Event.objects.get(kind="order.expired", subject_id=late.id).at) == "2017-05-17 10:00:01+00:00"
    assert Parcel.objects.get(order=order_of("transit")).carrier_says == "in_transit"


def test_goods_prices_and_shops_are_those_of_the_tables(small: Path) -> None:
    run(small)
    cup = dict(Sku.objects.filter(product__handle="cup").values_list("price_minor", "stock__received"))
    assert cup == {1000: 2, 1200: 1}
    restocked = Stock.objects.get(sku__product__handle="rope")
    assert (restocked.received, restocked.sold, restocked.held) == (3, 2, 0)
    parts, plain = order_of("parts"), order_of("plain")
    assert parts.shop_id == plain.shop_id and parts.lines.filter(kind="goods").count() == 2
    assert plain.lines.get(kind="freight").paid_minor == 450
    assert plain.lines.get(kind="goods").quantity == 2
    assert order_of("over").buyer_id == plain.buyer_id
    assert plain.address == {
        "recipient": "Buyer person-p", "phone": "", "region": "SP", "city": "sao paulo", "street": "",
        "postcode": "01234", "country": "BR",
    }  # fmt: skip


def test_a_second_run_changes_nothing_and_a_longer_one_adds(small: Path) -> None:
    first = run(small, limit=5)
    assert first["orders_total"] == 5
    run(small)
    before = digest()
    again = run(small)
    assert digest() == before
    assert (again["orders_total"], again["violations"]) == (12, [])


def test_the_last_line_is_one_json_object(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = on_command_line(capsys, command, str(small), "--json", "--limit", "4")
    assert (code, json.loads(line)["orders_total"], json.loads(line)["violations"]) == (0, 4, [])
    code, line = on_command_line(capsys, command, str(small))
    assert (code, line) == (0, "1 reviews kept. No violation.")
    with pytest.raises(SystemExit):
        on_command_line(capsys, command, str(small), "--limit", "0")


def test_check_says_what_does_not_hold(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replay(small, limit=1, console=Console(file=io.StringIO()))
    assert on_command_line(capsys, check, "--json") == (0, '{"violations":[]}')
    assert on_command_line(capsys, check) == (0, "Everything that must hold, holds.")
    with connection.cursor() as cursor:
        cursor.execute("update goods_stock set sold = sold - 1 returning sku_id")
        sku_id = str(cursor.fetchone()[0])
    code, line = on_command_line(capsys, check, "--json")
    found = {"name": "stock_sold", "subject_id": sku_id, "detail": "sold 1, paid orders and replacements took 2"}
    assert (code, json.loads(line)) == (1, {"violations": [found]})
    assert on_command_line(capsys, check)[1].startswith(
        "stock_sold: stock sold is what paid orders and replacements took"
    )


def test_tables_that_cannot_be_read_are_named(small: Path, tmp_path: Path) -> None:
    for name, text, why in (
        (
            "order_payments",
            "order_id,payment_sequential\nplain,1\n",
            "columns are missing: payment_type, payment_value",
        ),
        ("order_items", (small / "order_items.csv").read_text().replace("10.00", "ten"), "not an amount"),
        (
            "customers",
            "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n",
            "no customer",
        ),
    ):
        bad = tmp_path / name
        shutil.copytree(
            small, bad, ignore=lambda _folder, _names: {"order_payments", "order_items", "customers"} & set(_names)
        )
        (bad / f"{name}.csv").write_text(text)
        with pytest.raises(TableUnreadable, match=why):
            read_tables(bad)
    (small / "products.csv").unlink()
    with pytest.raises(TableUnreadable, match="products"):
        run(small)
    assert not Order.objects.exists()


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


def counted(folder: Path, limit: int | None) -> dict[str, Any]:
    """Return what the tables say, computed from the files alone."""
    orders = sorted(rows(folder, "orders"), key=lambda row: (row["order_purchase_timestamp"], row["order_id"]))[:limit]
    cost: dict[str, Decimal] = defaultdict(Decimal)
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows(folder, "order_items"):
        cost[row["order_id"]] += Decimal(row["price"]) + Decimal(row["freight_value"])
    for row in rows(folder, "order_payments"):
        paid[row["order_id"]] += Decimal(row["payment_value"])
    steps = (
        "order_purchase_timestamp",
        "order_approved_at",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
    )
    times = [[row[step] for step in steps if row[step]] for row in orders]
    difference = {
        row["order_id"]: paid[row["order_id"]] - cost[row["order_id"]] for row in orders if row["order_id"] in cost
    }
    return {
        "orders": len(orders),
        "excess": sum(amount > 0 for amount in difference.values()),
        "short": sum(amount < 0 for amount in difference.values()),
        "differences": sum(int(100 * amount) for amount in difference.values()),
        "no_lines": sum(row["order_id"] not in cost for row in orders),
        "time_order": sum(seen != sorted(seen) for seen in times),
        "paid_minor": int(100 * sum(paid[row["order_id"]] for row in orders)),
        "status": Counter(row["order_status"] for row in orders),
    }


def compare(answer: dict[str, Any], tables: dict[str, Any]) -> None:
    exceptions = answer["exceptions"]
    assert answer["orders_total"] == sum(answer["orders"].values()) == tables["orders"]
    assert {name: exceptions[name] for name in ("excess", "short", "no_lines", "time_order")} == {
        name: tables[name] for name in ("excess", "short", "no_lines", "time_order")
    }
    assert exceptions["amount"] == tables["excess"] + tables["short"]
    shown = MoneyException.objects.filter(kind__in=["excess", "short"]).values_list("difference_minor", flat=True)
    assert sum(shown) == tables["differences"]
    assert answer["money"]["captured"] == tables["paid_minor"]
    # Unpaid at the end are exactly those that came short (and not late too); expired exactly those that came late.
    assert answer["orders"]["expired"] == exceptions["late"]
    assert answer["orders"].get("placed", 0) <= tables["short"]
    lies = answer["money"]
    spread = sum(lies["settled"].values()) + lies["escrow"] + lies["unapplied"] + lies["return_due"]
    assert spread == tables["paid_minor"]
    assert answer["violations"] == []


def test_real_orders_agree_with_their_tables(house: None) -> None:
    folder = real_tables()
    compare(run(folder, limit=1000), counted(folder, 1000))


@pytest.mark.proof
def test_all_real_orders_agree_with_their_tables_within_three_minutes(house: None) -> None:
    folder = real_tables()
    answer, tables = run(folder), counted(folder, None)
    compare(answer, tables)
    assert (tables["orders"], tables["excess"] + tables["short"], tables["no_lines"], tables["time_order"]) == (
        14533,
        92,
        539,
        36,
    )
    assert answer["seconds"] < 180
    before = digest()
    run(folder)
    assert digest() == before
