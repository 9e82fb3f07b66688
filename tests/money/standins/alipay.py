"""Alipay as far as the house speaks with it: it verifies every request and signs every answer and notice."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.money.standins.keys import Pair, pair
from tests.money.standins.server import Call, Reply, StandIn

APP_ID = "2021000000000001"
BILL = (
    "#支付宝业务明细查询\r\n#账号：[20880000000000000156]\r\n"
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注\r\n"
    "2026030122001\t,ref1\t,交易,Renmai 1\t,2026-03-01 19:59:00,2026-03-01 20:00:00,,,,,a***@b.cn\t,68.00,68.00,0.00,0.00,0.00,"
    "0.00,0.00,,0.00,0.00,,-0.41,0.00,\r\n"
    "2026030122001\t,ref1\t,退款,Renmai 1\t,2026-03-01 20:05:00,2026-03-01 20:05:01,,,,,a***@b.cn\t,-8.00,-8.00,0.00,0.00,0.00,"
    "0.00,0.00,,0.00,0.00,key1\t,0.05,0.00,\r\n"
    "#-----------------------------------------业务明细列表结束------------------------------------\r\n"
    "#交易合计：1笔\r\n"
).encode("gb18030")
TOTALS = "#支付宝业务汇总查询\r\n门店编号,门店名称,交易订单总笔数\r\n合计,,1\r\n".encode("gb18030")


def zipped(**files: bytes) -> bytes:
    """Return a zip of files."""
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as folder:
        for name, body in files.items():
            folder.writestr(name, body)
    return whole.getvalue()


def text_of(fields: dict[str, str]) -> bytes:
    """Return what is signed of fields."""
    names = sorted(name for name in fields if name not in {"sign", "sign_type"})
    return "&".join(name + "=" + fields[name] for name in names).encode()


def notice(fields: dict[str, str], *, by: Pair | None = None, kind: str = "RSA2") -> bytes:
    """Return the body of a signed notice."""
    signature = base64.b64encode((by or pair("alipay")).sign(text_of(fields))).decode()
    return urlencode({**fields, "sign": signature, "sign_type": kind}).encode()


class AlipayStandIn(StandIn):
    """Its books are in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.trades: dict[str, dict[str, str]] = {}
        self.refunds: dict[str, dict[str, str]] = {}
        self.signs_with = pair("alipay")
        self.codes: list[tuple[str, str]] = []
        self.slow_refunds = False

    @property
    def gateway(self) -> str:
        """Return the address of the interface."""
        return f"{self.origin}/gateway.do"

    def answer(self, call: Call) -> Reply:
        """Answer a signed call."""
        if call.path == "/bill":
            return Reply(zipped(totals=TOTALS, detail=BILL))
        fields = call.form if call.method == "POST" else call.asked
        if not self.verified(fields):
            return Reply(b'{"error_response": {"code": "40002", "sub_code": "isv.invalid-signature"}}')
        wanted, name = json.loads(fields["biz_content"]), fields["method"]
        told = self._fault() or {
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_known,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill,
        }[name](wanted)
        # Spaces and escapes as they come: what is signed is this text and no other.
        inner = json.dumps(told, ensure_ascii=False, separators=(", ", " : "))
        signature = base64.b64encode(self.signs_with.sign(inner.encode())).decode()
        return Reply(f'{{"{name.replace(".", "_")}_response":{inner},"sign":{json.dumps(signature)}}}'.encode())

    def verified(self, fields: dict[str, str]) -> bool:
        """Return whether the app signed these fields."""
        assert (fields["app_id"], fields["sign_type"], fields["charset"], fields["version"]) == (
            APP_ID, "RSA2", "utf-8", "1.0"
        )  # fmt: skip
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign")
        try:
            pair("app").public.verify(base64.b64decode(fields["sign"]), text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    def pay(self, fields: dict[str, str], at: str) -> dict[str, str]:
        """Let the payer pay what a page asks for; return what the notice says."""
        assert self.verified(fields)
        wanted = json.loads(fields["biz_content"])
        trade = {
            "app_id": APP_ID,
            "notify_time": at,
            "notify_id": f"nid-{wanted['out_trade_no'][-6:]}",
            "notify_type": "trade_status_sync",
            "out_trade_no": wanted["out_trade_no"],
            "trade_no": "2026030122001",
            "trade_status": "TRADE_SUCCESS",
            "total_amount": wanted["total_amount"],
            "gmt_payment": at,
            "subject": wanted["subject"],
            "body": "",
        }
        self.trades[wanted["out_trade_no"]] = trade
        return trade

    def _fault(self) -> dict[str, Any] | None:
        if not self.codes:
            return None
        code, sub_code = self.codes.pop(0)
        return {"code": code, "msg": "no", "sub_code": sub_code, "sub_msg": "不行"}

    def _refund(self, wanted: dict[str, str]) -> dict[str, Any]:
        trade = self.trades.get(wanted["out_trade_no"])
        if trade is None:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        if float(wanted["refund_amount"]) > float(trade["total_amount"]):
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}
        again = wanted["out_request_no"] in self.refunds
        self.refunds[wanted["out_request_no"]] = wanted
        change = "N" if again or self.slow_refunds else "Y"
        return {"code": "10000", "msg": "Success", "out_trade_no": wanted["out_trade_no"], "fund_change": change}

    def _refund_known(self, wanted: dict[str, str]) -> dict[str, Any]:
        done = wanted["out_request_no"] in self.refunds and not self.slow_refunds
        return {"code": "10000", "msg": "Success", **({"refund_status": "REFUND_SUCCESS"} if done else {})}

    def _bill(self, wanted: dict[str, str]) -> dict[str, Any]:
        assert wanted == {"bill_type": "trade", "bill_date": "2026-03-01"}
        return {"code": "10000", "msg": "Success", "bill_download_url": f"{self.origin}/bill?token=abc"}
