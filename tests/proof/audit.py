"""The comparison of what clients were told with what the database holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.cli.check import read_violations

CHECKOUTS = """
select c.buyer_id, c.key, c.id, c.total_minor, c.state, c.received_minor,
       array_agg(o.id order by o.id), sum(o.total_minor), bool_and(o.state <> 'placed')
from trade_checkout c left join trade_order o on o.checkout_id = c.id group by c.id
"""
LINES = """
select o.checkout_id, l.sku_id, l.quantity, l.restocked, o.state, c.holds_stock
from trade_orderline l join trade_order o on o.id = l.order_id join trade_checkout c on c.id = o.checkout_id
where l.kind = 'goods'
"""
EVENTS = "select event_id, count(*), min(outcome) from money_gatewayevent group by event_id"
PAYMENTS = "select id, state, captured_minor, returned_minor from money_payment"
RETURNS = "select payment_id, reason, amount_minor from money_paymentreturn"
REFUNDS = "select order_id, key, id, amount_minor from trade_refund"
STOCK = "select sku_id, received - set_aside, sold, held from goods_stock"


@dataclass
class Findings:
    """What does not agree, by kind; each a sentence."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    oversold: list[str] = field(default_factory=list)
    money: list[str] = field(default_factory=list)


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def audit(journal: Sequence[dict[str, Any]]) -> tuple[Findings, list[dict[str, Any]]]:
    """Compare the clients' journal with the database; return what disagrees, and the broken invariants."""
    findings = Findings()
    _checkouts(journal, findings)
    _stock(findings)
    _webhooks(journal, findings)
    _refunds(journal, findings)
    return findings, [violation.as_json() for violation in read_violations()]


def _checkouts(journal: Sequence[dict[str, Any]], findings: Findings) -> None:
    kept: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in _rows(CHECKOUTS):
        kept[str(row[0]), row[1]].append(row[2:])
    asked = {(row["buyer"], row["key"]) for row in journal if row.get("asked") == "checkout"}
    answers: dict[tuple[str, str], set[str]] = defaultdict(set)
    told = [row for row in journal if row.get("answered") == "checkout"]
    for row in told:
        if row["status"] == 201:
            answers[row["buyer"], row["key"]].add(row["answer"]["id"])
    for row in told:
        # A refusal keeps no key. Sent twice at once, the same key may be refused as sold out and, when a unit has come
        # back meanwhile, be taken: the client was told of both, and the order is the one it knows.
        if row["status"] == 201 or not answers[row["buyer"], row["key"]]:
            _answered(row, kept.get((row["buyer"], row["key"]), []), findings)
    findings.doubled += [f"key {key} was answered with {ids}" for (_, key), ids in answers.items() if len(ids) > 1]
    findings.doubled += [f"key {key} has {len(rows)} checkouts" for (_, key), rows in kept.items() if len(rows) > 1]
    findings.doubled += [f"checkout {rows[0][0]} was never asked for" for who, rows in kept.items() if who not in asked]
    _cancelled(journal, {str(row[0]): row[2] for rows in kept.values() for row in rows}, findings)


def _answered(row: dict[str, Any], kept: Sequence[tuple[Any, ...]], findings: Findings) -> None:
    if row["status"] != 201:
        if kept:
            findings.doubled.append(f"key {row['key']} was refused with {row['status']}, and there is a checkout")
        return
    answer = row["answer"]
    orders = sorted(UUID(order["id"]) for order in answer["orders"])
    if not any((str(k[0]), k[1], k[4]) == (answer["id"], answer["total_minor"], orders) and k[5] == k[1] for k in kept):
        findings.lost.append(f"checkout {answer['id']} of {answer['total_minor']} was answered; there is {kept}")


def _cancelled(journal: Sequence[dict[str, Any]], states: dict[str, str], findings: Findings) -> None:
    for row in journal:
        if row.get("answered") == "cancel" and row["status"] == 200 and states[row["checkout"]] != "cancelled":
            findings.lost.append(f"checkout {row['checkout']} was cancelled and is {states[row['checkout']]}")


def _stock(findings: Findings) -> None:
    sold: dict[UUID, int] = defaultdict(int)
    held: dict[UUID, int] = defaultdict(int)
    for _, sku_id, quantity, restocked, state, holds in _rows(LINES):
        if state == "placed":
            held[sku_id] += quantity if holds else 0
        elif state not in {"expired", "cancelled"}:
            sold[sku_id] += quantity - restocked
    for sku_id, received, was_sold, was_held in _rows(STOCK):
        if sold[sku_id] + held[sku_id] > received:
            findings.oversold.append(f"{sku_id}: {sold[sku_id]} sold, {held[sku_id]} held of {received}")
        if (sold[sku_id], held[sku_id]) != (was_sold, was_held):
            findings.oversold.append(
                f"{sku_id}: orders say {sold[sku_id]}, {held[sku_id]}; stock {was_sold}, {was_held}"
            )


def _webhooks(journal: Sequence[dict[str, Any]], findings: Findings) -> None:
    taken = {event_id: (count, outcome) for event_id, count, outcome in _rows(EVENTS)}
    payments = {str(row[0]): row[1:] for row in _rows(PAYMENTS)}
    returned: dict[str, int] = defaultdict(int)
    for payment_id, reason, amount in _rows(RETURNS):
        returned[str(payment_id)] += amount if reason in {"late", "sold_out"} else 0
    states = {str(row[2]): (row[4], row[5], row[8]) for row in _rows(CHECKOUTS)}
    charged = {row["payment"] for row in journal if row.get("asked") == "chargeback"}
    for row in journal:
        if row.get("answered") == "chargeback":
            _charged_back(row, taken, findings)
        if row.get("answered") != "webhook":
            continue
        count, outcome = taken.get(row["key"], (0, ""))
        state, captured, _ = payments[row["payment"]]
        disputed = state == "disputed" and row["payment"] in charged
        if row["status"] != 200 or count != 1 or captured != row["amount"] or not (state == "captured" or disputed):
            findings.money.append(
                f"webhook {row['key']}: {row['status']} {row['answer']}, taken {count}, {state} {captured}"
            )
        elif outcome in {"late", "sold_out"} and returned[row["payment"]] != row["amount"]:
            findings.money.append(
                f"late payment {row['payment']} gave {returned[row['payment']]} of {row['amount']} back"
            )
        elif outcome == "paid" and states[row["checkout"]] != ("paid", row["amount"], True):
            findings.money.append(f"paid checkout {row['checkout']} is {states[row['checkout']]}")
        elif outcome not in {"late", "paid", "sold_out"} or not {outcome, "repeated"} >= set(row["answer"]["taken"]):
            findings.money.append(f"webhook {row['key']} came to {outcome} and was answered {row['answer']}")


def _charged_back(row: dict[str, Any], taken: dict[Any, tuple[int, str]], findings: Findings) -> None:
    count, outcome = taken.get(row["key"], (0, ""))
    kept = _rows(f"select count(*) from money_chargeback where payment_id = '{UUID(row['payment'])}'")[0][0]
    if (row["status"], count, outcome, kept) != (200, 1, "noted", 1):
        findings.money.append(
            f"chargeback {row['key']}: {row['status']} {row['answer']}, taken {count} {outcome}, kept {kept}"
        )


def _refunds(journal: Sequence[dict[str, Any]], findings: Findings) -> None:
    kept: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for order_id, key, refund_id, amount in _rows(REFUNDS):
        kept[str(order_id), key].append((str(refund_id), amount))
    asked = {(row["order"], row["key"]) for row in journal if row.get("asked") == "refund"}
    findings.doubled += [f"refund {rows} was never asked for" for mark, rows in kept.items() if mark not in asked]
    for row in journal:
        if row.get("answered") == "refund" and row["status"] == 201:
            wanted = [(row["answer"]["id"], row["total"])]
            if kept[row["order"], row["key"]] != wanted:
                findings.money.append(f"refund {wanted} was answered; there is {kept[row['order'], row['key']]}")
