"""The rush: many buyers at once for few goods, by HTTP, through `fast` and the API, paying, cancelling, coming late."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson

from renmai.kit import clock
from renmai.money.gateways.rules import NOTIFY_PATH
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.rules import SIGNATURE_HEADER, sign
from tests.proof.wire import Caller, Journal, NoAnswer, Wire

JSON = {"content-type": "application/json"}
ADDRESS = {"recipient": "Lin", "phone": "000", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Road"}
ABANDONED, CANCELLED, LATE, REFUNDED, DOUBLED, DISPUTED = 0.04, 0.08, 0.05, 0.12, 0.1, 0.06
SCARCE, PLENTY, DROPS = 0.15, 0.3, 0.15
"""How many use the coupon that is soon used up, the other one, and want something out of a drop."""
WEBHOOK = NOTIFY_PATH.format(gateway="sandbox")
LATE_SECONDS = (55.0, 75.0)


@dataclass(frozen=True)
class Buyer:
    """Somebody with a token."""

    id: str
    token: str

    def headers(self, _body: bytes) -> Mapping[str, str]:
        """The headers of a call."""
        return {**JSON, "authorization": f"Bearer {self.token}"}


def signed(body: bytes) -> Mapping[str, str]:
    """The headers of a provider's message, signed now."""
    return {**JSON, SIGNATURE_HEADER: sign(webhook_key(), body, at=int(time.time()))}


class Client:
    """One of many; its buyers are nobody else's."""

    def __init__(
        self,
        number: int,
        port: int,
        buyers: Sequence[Buyer],
        goods: Sequence[tuple[str, str]],
        drops: Sequence[Mapping[str, str]],
        rush: Rush,
    ) -> None:
        self.chance = random.Random(number)
        self.buyers, self.goods, self.drops, self.rush = buyers, goods, drops, rush
        self.web, self.fast, self.second = Wire(port), Wire(port + 1), Wire(port + 1)

    async def run(self) -> None:
        """Buy until the rush is over."""
        try:
            while not self.rush.over.is_set():
                buyer = self.chance.choice(self.buyers)
                with contextlib.suppress(NoAnswer):
                    await self._buy(buyer)
        finally:
            for wire in (self.web, self.fast, self.second):
                await wire.close()

    async def _buy(self, buyer: Buyer) -> None:
        chance = self.chance
        goods = chance.sample(self.goods, chance.choice((1, 1, 2, 3)))
        lines = [{"pick_id": pick, "sku_id": sku, "quantity": chance.choice((1, 1, 2))} for pick, sku in goods]
        await self._ask(self.fast, "PUT", "/api/v1/cart/lines", buyer, "cart", lines[0], {})
        coupons = ["SCARCE"] if chance.random() < SCARCE else ["PLENTY"] if chance.random() < PLENTY else []
        if self.drops and chance.random() < DROPS:
            lines, coupons = [{**chance.choice(self.drops), "quantity": 1}], []
        body = {"lines": lines, "method": "card", "address": ADDRESS, "coupons": coupons}
        told = {"buyer": buyer.id, "lines": [[line["sku_id"], line["quantity"]] for line in lines]}
        status, placed = await self._twice(
            chance.random() < DOUBLED, "/api/v1/checkouts", buyer, "checkout", body, told
        )
        if status == 201:
            await self._end(buyer, placed)

    async def _end(self, buyer: Buyer, placed: dict[str, Any]) -> None:
        fate = self.chance.random()
        if fate < ABANDONED:
            return
        path = f"/api/v1/checkouts/{placed['id']}"
        status, payment = await self._ask(
            self.fast, "POST", f"{path}/payment", buyer, "payment", {}, {"checkout": placed["id"]}
        )
        if status != 201:
            return
        fate = self.chance.random()
        if fate < CANCELLED:
            await asyncio.gather(
                self._ask(self.web, "DELETE", path, buyer, "cancel", None, {"checkout": placed["id"]}),
                self._pay(payment),
            )
        elif fate < CANCELLED + LATE:
            self.rush.later(self._pay_late(payment, self.chance.uniform(*LATE_SECONDS)))
        elif fate < CANCELLED + LATE + DISPUTED:
            await self._pay(payment)
            await self._say("chargeback", "payment.chargeback", payment)
        else:
            await self._pay(payment)
            if fate > 1 - REFUNDED:
                order = self.chance.choice(placed["orders"])
                refund = f"/api/v1/orders/{order['id']}/refunds"
                told = {"order": order["id"], "total": order["total_minor"]}
                await self._ask(self.web, "POST", refund, buyer, "refund", {"reason": "mind changed"}, told)

    async def _ask(
        self,
        wire: Wire,
        method: str,
        path: str,
        buyer: Buyer,
        what: str,
        body: Any,
        told: Mapping[str, Any],
        key: str = "",
    ) -> tuple[int, Any]:
        headers = buyer.headers
        return await self.rush.caller.ask(wire, method, path, what=what, body=body, headers=headers, key=key, told=told)

    async def _twice(
        self, doubled: bool, path: str, buyer: Buyer, what: str, body: Any, told: dict[str, Any]
    ) -> tuple[int, Any]:
        """Ask once, or the same with the same key over two connections at the same time."""
        key = uuid4().hex
        wires = (self.fast, self.second) if doubled else (self.fast,)
        answers = await asyncio.gather(*(self._ask(wire, "POST", path, buyer, what, body, told, key) for wire in wires))
        return answers[0]

    async def _pay_late(self, payment: dict[str, Any], seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.rush.over.wait(), seconds)
        await self._pay(payment)

    async def _pay(self, payment: dict[str, Any]) -> None:
        await self._say("webhook", "payment.captured", payment)

    async def _say(self, what: str, kind: str, payment: dict[str, Any]) -> None:
        """The provider says something of a payment, now and then twice at once."""
        wires = [Wire(self.fast.port) for _ in range(2 if self.chance.random() < DOUBLED else 1)]
        event = {
            "id": uuid4().hex, "kind": kind, "ref": payment["id"].replace("-", ""),
            "amount_minor": payment["amount_minor"], "currency": payment["currency"], "at": clock.now().isoformat(),
        }  # fmt: skip
        if what == "chargeback":
            event |= {"chargeback_ref": f"cb-{payment['id']}", "due_by": clock.now().isoformat(), "reason": "fraud"}
        told = {"checkout": payment["checkout_id"], "payment": payment["id"], "amount": payment["amount_minor"]}
        try:
            await asyncio.gather(
                *(
                    self.rush.caller.ask(
                        wire, "POST", WEBHOOK, what=what, body=event, headers=signed, key=event["id"], told=told
                    )
                    for wire in wires
                )
            )
        finally:
            for wire in wires:
                await wire.close()


class Rush:
    """All clients together."""

    def __init__(self, journal: Journal) -> None:
        self.over = asyncio.Event()
        self.caller = Caller(journal)
        self._later: list[asyncio.Task[None]] = []

    def later(self, what: Any) -> None:
        """Do something besides; it is waited for at the end."""
        self._later.append(asyncio.ensure_future(what))

    async def finish(self, clients: Sequence[asyncio.Task[None]]) -> None:
        """Let every client finish what it began."""
        self.over.set()
        ends = await asyncio.gather(*clients, return_exceptions=True)
        ends += await asyncio.gather(*self._later, return_exceptions=True)
        broken = [end for end in ends if isinstance(end, BaseException) and not isinstance(end, NoAnswer)]
        if broken:
            raise ExceptionGroup("clients", [end for end in broken if isinstance(end, Exception)])


def read_journal(path: str) -> list[dict[str, Any]]:
    """Return the lines of a journal."""
    with open(path, "rb") as file:
        return [orjson.loads(line) for line in file]
