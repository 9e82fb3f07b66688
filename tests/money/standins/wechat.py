"""WeChat Pay v3 as far as the house speaks with it: it verifies every request, signs every answer, seals every notice."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from tests.money.standins.keys import Pair, pair
from tests.money.standins.server import Call, Reply, StandIn

MCHID, APPID, SERIAL, PUBLIC_ID = "1900000001", "wx0000000000000001", "5157F09EFDC096DE15EB", "PUB_KEY_ID_0119"
APIV3 = "standin-apiv3-key-of-32-letters!"
BILL = (
    "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,"
    "订单金额,申请退款金额,费率备注\r\n"
    "`2026-03-01 20:00:00,`wx1,`1900000001,`0,`,`42001,`ref1,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`68.00,`0.00,`0,`0,`0.00,"
    "`0.00,`,`,`Renmai 1,`,`0.41000,`0.60%,`68.00,`0.00,`\r\n"
    "`2026-03-01 20:05:00,`wx1,`1900000001,`0,`,`42001,`ref1,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50001,`key1-1,"
    "`8.00,`0.00,`ORIGINAL,`SUCCESS,`Renmai 1,`,`-0.05000,`0.60%,`0.00,`8.00,`\r\n"
    "`2026-03-01 20:06:00,`wx1,`1900000001,`0,`,`42001,`ref1,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50002,`key2,"
    "`9.00,`0.00,`ORIGINAL,`PROCESSING,`Renmai 1,`,`0.00000,`0.60%,`0.00,`9.00,`\r\n"
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n"
    "`3,`68.00,`17.00,`0.00,`0.36000,`68.00,`17.00\r\n"
).encode()


def signed_headers(body: bytes, at: int, *, by: Pair | None = None, nonce: str = "n0nce") -> dict[str, str]:
    """Return the headers with which WeChat Pay signs answers and notices."""
    text = f"{at}\n{nonce}\n".encode() + body + b"\n"
    return {
        "Wechatpay-Timestamp": str(at),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": base64.b64encode((by or pair("wechat")).sign(text)).decode(),
        "Wechatpay-Serial": PUBLIC_ID,
    }


def notice(kind: str, thing: dict[str, Any], name: str, *, key: str = APIV3) -> bytes:
    """Return the body of a notice with `thing` sealed in it."""
    nonce, about = b"abcdefghijkl", b"transaction"
    sealed = AESGCM(key.encode()).encrypt(nonce, json.dumps(thing).encode(), about)
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": nonce.decode(),
        "associated_data": about.decode(),
        "original_type": "transaction",
    }
    whole = {
        "id": name,
        "create_time": "2026-03-01T20:00:00+08:00",
        "event_type": kind,
        "resource_type": "encrypt-resource",
        "resource": resource,
    }
    return json.dumps(whole).encode()


class WeChatStandIn(StandIn):
    """Its books are in memory; a number is taken once."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.transfers: dict[str, dict[str, Any]] = {}
        self.refund_states = ["SUCCESS"]
        self.transfer_states = ["WAIT_USER_CONFIRM"]
        self.balance = 10**9
        self.signs_with = pair("wechat")
        self.bill_digest = hashlib.sha1(BILL).hexdigest()

    def answer(self, call: Call) -> Reply:
        """Answer, signed at the time of the request; what is not signed by the merchant is turned away."""
        at = self._verified(call)
        if at is None:
            return Reply(b'{"code": "SIGN_ERROR", "message": "wrong signature"}', 401)
        status, told = self._route(call)
        if isinstance(told, bytes):
            return Reply(told, status)
        body = json.dumps(told, ensure_ascii=False).encode()
        return Reply(body, status, {"Content-Type": "application/json", **signed_headers(body, at, by=self.signs_with)})

    def _verified(self, call: Call) -> int | None:
        scheme, _, rest = call.headers.get("authorization", "").partition(" ")
        named = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        if scheme != "WECHATPAY2-SHA256-RSA2048" or (named.get("mchid"), named.get("serial_no")) != (MCHID, SERIAL):
            return None
        text = (
            f"{call.method}\n{call.target}\n{named['timestamp']}\n{named['nonce_str']}\n".encode() + call.body + b"\n"
        )
        try:
            pair("merchant").public.verify(base64.b64decode(named["signature"]), text, PKCS1v15(), SHA256())
        except InvalidSignature:
            return None
        return int(named["timestamp"])

    def _route(self, call: Call) -> tuple[int, Any]:
        table: dict[tuple[str, str], Callable[..., tuple[int, Any]]] = {
            ("POST", r"/v3/pay/transactions/(native|h5)"): self._prepay,
            ("GET", r"/v3/pay/transactions/out-trade-no/(\w+)"): self._order,
            ("POST", r"/v3/refund/domestic/refunds"): self._refund,
            ("GET", r"/v3/refund/domestic/refunds/([\w-]+)"): self._refund_known,
            ("POST", r"/v3/fund-app/mch-transfer/transfer-bills"): self._transfer,
            ("GET", r"/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/(\w+)"): self._transfer_known,
            ("GET", r"/v3/bill/tradebill"): self._bill,
            ("GET", r"/v3/billdownload/file"): self._file,
        }
        for (method, pattern), act in table.items():
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                return act(call, *found.groups())
        return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "no such address"}

    def _prepay(self, call: Call, way: str) -> tuple[int, Any]:
        asked = json.loads(call.body)
        assert (asked["mchid"], asked["appid"], asked["amount"]["currency"]) == (MCHID, APPID, "CNY")
        assert re.fullmatch(r"[0-9a-zA-Z_|*-]{6,32}", asked["out_trade_no"]) and asked["notify_url"]
        order = self.orders.setdefault(asked["out_trade_no"], {**asked, "trade_state": "NOTPAY"})
        if order["trade_state"] == "SUCCESS":
            return 400, {"code": "ORDER_PAID", "message": "it was paid"}
        if way == "native":
            return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={asked['out_trade_no'][-8:]}"}
        assert asked["scene_info"]["payer_client_ip"] and asked["scene_info"]["h5_info"] == {"type": "Wap"}
        return 200, {"h5_url": f"https://wx.tenpay.example/checkmweb?prepay_id={asked['out_trade_no'][-8:]}"}

    def pay(self, ref: str) -> dict[str, Any]:
        """Let the payer pay; return what the notice says."""
        order = self.orders[ref]
        order["trade_state"] = "SUCCESS"
        return {
            "mchid": MCHID,
            "appid": APPID,
            "out_trade_no": ref,
            "transaction_id": f"42{ref[-8:]}",
            "trade_state": "SUCCESS",
            "amount": {"total": order["amount"]["total"], "payer_total": order["amount"]["total"], "currency": "CNY"},
        }

    def _order(self, call: Call, ref: str) -> tuple[int, Any]:
        assert call.asked == {"mchid": MCHID}
        order = self.orders.get(ref)
        return (200, order) if order else (404, {"code": "ORDER_NOT_EXIST", "message": "no such order"})

    def _refund(self, call: Call) -> tuple[int, Any]:
        asked = json.loads(call.body)
        order = self.orders[asked["out_trade_no"]]
        assert asked["amount"]["total"] == order["amount"]["total"] and asked["notify_url"]
        if asked["out_refund_no"] in self.refunds:
            return 200, self.refunds[asked["out_refund_no"]]
        if asked["amount"]["refund"] > order["amount"]["total"]:
            return 403, {"code": "NOT_ENOUGH", "message": "more than is left"}
        state = self.refund_states.pop(0) if len(self.refund_states) > 1 else self.refund_states[0]
        refund = {
            "refund_id": f"50{len(self.refunds) + 1}",
            "out_refund_no": asked["out_refund_no"],
            "out_trade_no": asked["out_trade_no"],
            "status": state,
            "amount": {"total": asked["amount"]["total"], "refund": asked["amount"]["refund"], "currency": "CNY"},
        }
        self.refunds[asked["out_refund_no"]] = refund
        return 200, refund

    def _refund_known(self, call: Call, number: str) -> tuple[int, Any]:
        refund = self.refunds.get(number)
        return (200, refund) if refund else (404, {"code": "RESOURCE_NOT_EXISTS", "message": "no such refund"})

    def about_refund(self, number: str, status: str) -> dict[str, Any]:
        """Let a refund come to an end; return what the notice says."""
        refund = self.refunds[number]
        refund["status"] = status
        amount = {"total": refund["amount"]["total"], "refund": refund["amount"]["refund"]}
        return {**refund, "mchid": MCHID, "refund_status": status, "amount": amount}

    def _transfer(self, call: Call) -> tuple[int, Any]:
        asked = json.loads(call.body)
        assert re.fullmatch(r"[0-9a-zA-Z]{1,32}", asked["out_bill_no"]) and asked["openid"] and asked["notify_url"]
        if asked["transfer_amount"] > self.balance:
            return 403, {"code": "NOT_ENOUGH", "message": "too little is there"}
        state = self.transfer_states.pop(0) if len(self.transfer_states) > 1 else self.transfer_states[0]
        bill = {
            "out_bill_no": asked["out_bill_no"],
            "transfer_bill_no": f"133{len(self.transfers)}",
            "openid": asked["openid"],
            "transfer_amount": asked["transfer_amount"],
            "state": state,
        }
        self.transfers[asked["out_bill_no"]] = bill
        return 200, bill

    def _transfer_known(self, call: Call, number: str) -> tuple[int, Any]:
        bill = self.transfers.get(number)
        return (200, bill) if bill else (404, {"code": "NOT_FOUND", "message": "no such bill"})

    def _bill(self, call: Call) -> tuple[int, Any]:
        assert call.asked == {"bill_date": "2026-03-01", "bill_type": "ALL"}
        url = f"{self.origin}/v3/billdownload/file?token=abc"
        return 200, {"hash_type": "SHA1", "hash_value": self.bill_digest, "download_url": url}

    def _file(self, call: Call) -> tuple[int, Any]:
        return 200, BILL
