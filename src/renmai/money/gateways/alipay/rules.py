"""What Alipay's words mean: notices, refusals and lines of the bill, as this house knows them. Pure.

Sources: the provider's documents of alipay.trade.page.pay, wap.pay, refund, fastpay.refund.query, and of the bill of trades
(a zip with CSV files in GBK; amounts in yuan; a service fee that was taken is negative there).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from zipfile import BadZipFile, ZipFile
from zoneinfo import ZoneInfo

from renmai.kit.money import parse_minor
from renmai.money.gateways.rules import BadMessage, BadSignature, RowKind, SettlementRow
from renmai.money.payments.rules import Message, Said

NAME, CURRENCY = "alipay", "CNY"
BEIJING = ZoneInfo("Asia/Shanghai")
# Alipay repeats a notice for a day or so; much older is somebody's replay.
NOTICE_DAYS_MAX = 3
BILL_BYTES_MAX, BILL_FILES_MAX = 64 * 1024 * 1024, 10
FIRST_COLUMN = "支付宝交易号"
BILL_COLUMNS = ("商户订单号", "业务类型", "完成时间", "商家实收（元）", "服务费（元）", "退款批次号/请求号")
KINDS = {"交易": RowKind.CAPTURE, "退款": RowKind.REFUND}
# Whether it acted is not known: asked again.
UNSURE = frozenset({"20000", "20001", "10003"})
UNSURE_SUB = ("SYSTEM_ERROR", "SYSTEM_BUSY", "unknow-error", "TRADE_NOT_EXIST")


def is_unsure(code: str, sub_code: str) -> bool:
    """Return whether an answer that is not good leaves open what happened."""
    return code in UNSURE or any(word in sub_code for word in UNSURE_SUB)


def read_trade(fields: Mapping[str, str], *, app_id: str, now: datetime) -> list[Message]:
    """Return what a verified notice says; kinds that mean nothing here are left out. Errors: BadSignature, BadMessage.

    A notice of a refund tells the trade's state again and names the refund: it is answered at once, so it is left out.
    """
    try:
        told_at = _time(fields["notify_time"])
        if fields["app_id"] != app_id:
            raise BadMessage(why="it is for another app")
        if abs(now - told_at) > timedelta(days=NOTICE_DAYS_MAX):
            raise BadSignature()
        kind = _kind(fields)
        if kind is None:
            return []
        amount = parse_minor(fields["total_amount"], CURRENCY)
        at = _time(fields.get("gmt_payment") or fields["notify_time"])
        event, ref = fields["notify_id"][:80], fields["out_trade_no"][:80]
    except (KeyError, ValueError):
        raise BadMessage(why="it is no notice of Alipay") from None
    return [Message(NAME, event, kind, ref, amount, CURRENCY, at, now)]


def _kind(fields: Mapping[str, str]) -> Said | None:
    if fields.get("gmt_refund") or fields.get("refund_fee"):
        return None
    states = {"TRADE_SUCCESS": Said.CAPTURED, "TRADE_FINISHED": Said.CAPTURED, "TRADE_CLOSED": Said.FAILED}
    return states.get(fields["trade_status"])


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)


def read_bill(body: bytes) -> list[SettlementRow]:
    """Return the lines of a bill of trades, as zip or as the CSV in it. Errors: BadMessage."""
    try:
        text = _unpacked(body) if body.startswith(b"PK") else body.decode("gb18030")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, strict=True)]
        places = {name: rows[0].index(name) for name in BILL_COLUMNS}
        return [_row({name: row[place] for name, place in places.items()}) for row in rows[1:]]
    except (ValueError, IndexError, csv.Error, BadZipFile, NotImplementedError, RuntimeError):
        raise BadMessage(why="it is no bill of Alipay") from None


def _unpacked(body: bytes) -> str:
    with ZipFile(BytesIO(body)) as folder:
        files = folder.infolist()
        if len(files) > BILL_FILES_MAX or sum(file.file_size for file in files) > BILL_BYTES_MAX:
            raise ValueError("too large")
        texts = [folder.read(file).decode("gb18030") for file in files]
    found = [text for text in texts if any(_is_head(line) for line in text.splitlines())]
    if not found:
        raise ValueError("totals only")
    return found[0]


def _is_head(line: str) -> bool:
    return line.startswith(FIRST_COLUMN) and "业务类型" in line


def _row(row: dict[str, str]) -> SettlementRow:
    kind = KINDS.get(row["业务类型"], RowKind.OTHER)
    ref = row["退款批次号/请求号"] if kind is RowKind.REFUND else row["商户订单号"]
    amount, fee = signed(row["商家实收（元）"]), -signed(row["服务费（元）"])
    return SettlementRow(kind, ref[:80], amount, fee, CURRENCY, _time(row["完成时间"]))


def signed(text: str) -> int:
    """Return minor units of an amount in yuan with a sign."""
    plain = text.strip()
    return -parse_minor(plain[1:], CURRENCY) if plain.startswith("-") else parse_minor(plain.lstrip("+"), CURRENCY)
