"""What WeChat Pay's words mean: notices, refunds, transfers and lines of the bill, as this house knows them. Pure.

Sources: the provider's API v3 documents for payments, refunds, transfers to persons, and the bill of trades (all amounts
in notices are fen; in bills yuan, each field after a backtick). FIELD 3.13 for the limits.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from renmai.kit.money import parse_minor
from renmai.money.gateways.rules import BadMessage, RowKind, SettlementRow
from renmai.money.payments.rules import Message, Said

NAME, CURRENCY = "wechat", "CNY"
BEIJING = ZoneInfo("Asia/Shanghai")
REFUND_ENDS = {"SUCCESS": Said.RETURN_DONE, "ABNORMAL": Said.RETURN_FAILED, "CLOSED": Said.RETURN_FAILED}
TRANSFER_ENDS = {"SUCCESS": Said.PAYOUT_PAID, "FAIL": Said.PAYOUT_FAILED, "CANCELLED": Said.PAYOUT_FAILED}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
BILL_COLUMNS = (
    "交易时间", "商户订单号", "交易状态", "货币种类", "应结订单金额", "商户退款单号", "退款金额", "退款状态", "手续费"
)  # fmt: skip
SUMMARY = "总交易单数"

Object = Mapping[str, Any]


def bill_number(key: str) -> str:
    """Return the transfer's number for a payout's key `<32 hex>-<round>`: letters and digits only, at most 32."""
    head, _, tail = key.partition("-")
    return f"{_base36(UUID(hex=head).int)}R{int(tail)}"


def key_of_bill(number: str) -> str:
    """Return the payout's key that such a number was made of; ValueError when it was not."""
    head, mark, tail = number.partition("R")
    if not mark:
        raise ValueError("not a number of ours")
    return f"{UUID(int=int(head, 36)).hex}-{int(tail)}"


def _base36(value: int) -> str:
    text = ""
    while value:
        value, digit = divmod(value, 36)
        text = DIGITS[digit] + text
    return text or "0"


def refund_number(key: str, tries: int) -> str:
    """Return the number of a refund: one that WeChat closed cannot be used again, so the next try has its own."""
    return key if tries == 0 else f"{key}-{tries}"


def read_notice(notice: Object, resource: Object, now: datetime) -> list[Message]:
    """Return what a verified, opened notice says; kinds that mean nothing here are left out. Errors: BadMessage."""
    try:
        family = str(notice["event_type"]).partition(".")[0]
        read = READERS.get(family)
        said = read(resource) if read else None
        if said is None:
            return []
        kind, ref, amount, currency, extra = said
        at = datetime.fromisoformat(str(notice["create_time"]))
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        return [Message(NAME, str(notice["id"])[:80], kind, ref[:80], int(amount), currency, at, now, extra)]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadMessage(why="it is no notice of WeChat Pay") from None


Read = tuple[Said, str, int, str, dict[str, Any]] | None


def _transaction(thing: Object) -> Read:
    amount = thing["amount"]
    captured = thing["trade_state"] == "SUCCESS"
    kind = Said.CAPTURED if captured else Said.FAILED
    return kind, str(thing["out_trade_no"]), amount["total"], str(amount.get("currency", CURRENCY)), {}


def _refund(thing: Object) -> Read:
    status = str(thing["refund_status"])
    kind, key = REFUND_ENDS.get(status), str(thing["out_refund_no"]).partition("-")[0]
    return (kind, key, thing["amount"]["refund"], CURRENCY, refund_reason(status)) if kind else None


def refund_reason(status: str) -> dict[str, Any]:
    """Return why a refund failed, as the `extra` of a message."""
    return {} if status == "SUCCESS" else {"reason": f"WeChat Pay says {status}"}


def _transfer(thing: Object) -> Read:
    kind = TRANSFER_ENDS.get(str(thing["state"]))
    return (
        (kind, key_of_bill(str(thing["out_bill_no"])), thing["transfer_amount"], CURRENCY, transfer_reason(thing))
        if kind
        else None
    )


def transfer_reason(thing: Object) -> dict[str, Any]:
    """Return why a transfer failed, as the `extra` of a message."""
    reason = thing.get("fail_reason") or ("" if thing["state"] == "SUCCESS" else thing["state"])
    return {"reason": str(reason)[:200]} if reason else {}


READERS: dict[str, Callable[[Object], Read]] = {
    "TRANSACTION": _transaction,
    "REFUND": _refund,
    "MCHTRANSFER": _transfer,
}


def read_bill(body: bytes) -> list[SettlementRow]:
    """Return the lines of a bill of trades (type ALL). Errors: BadMessage."""
    try:
        lines = list(csv.reader(body.decode("utf-8-sig").splitlines(), strict=True))
        head = lines[0]
        places = {name: head.index(name) for name in BILL_COLUMNS}
        rows: list[SettlementRow | None] = []
        for line in lines[1:]:
            if line and line[0] == SUMMARY:
                return [row for row in rows if row is not None]
            rows.append(_row({name: line[place].lstrip("`").strip() for name, place in places.items()}))
    except (ValueError, IndexError, csv.Error):
        raise BadMessage(why="it is no bill of WeChat Pay") from None
    raise BadMessage(why="the bill of WeChat Pay has no end")


def _row(row: dict[str, str]) -> SettlementRow | None:
    at = datetime.strptime(row["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    currency, fee = row["货币种类"], signed(row["手续费"], row["货币种类"])
    if row["交易状态"] == "SUCCESS":
        amount = signed(row["应结订单金额"], currency)
        return SettlementRow(RowKind.CAPTURE, row["商户订单号"], amount, fee, currency, at)
    if row["交易状态"] == "REFUND" and row["退款状态"] == "SUCCESS":
        amount, key = -signed(row["退款金额"], currency), row["商户退款单号"].partition("-")[0]
        return SettlementRow(RowKind.REFUND, key, amount, fee, currency, at)
    if row["交易状态"] in {"REFUND", "REVOKED"}:
        return None
    return SettlementRow(RowKind.OTHER, row["商户订单号"], signed(row["应结订单金额"], currency), fee, currency, at)


def signed(text: str, currency: str) -> int:
    """Return minor units of an amount in yuan with a sign; bills give fees with five decimals, rounded already."""
    plain = text.strip()
    head, dot, tail = plain.lstrip("-").partition(".")
    amount = parse_minor(f"{head}{dot}{tail.rstrip('0') or '0'}" if dot else head, currency)
    return -amount if plain.startswith("-") else amount
