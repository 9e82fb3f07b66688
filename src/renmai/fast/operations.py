"""The operations of `fast`: the hottest reads and the hot steps of checkout, by the contract of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import close_old_connections

from renmai.api.v1.contract import (
    KEY_HEADER,
    AddressBody,
    CartLineBody,
    CheckoutBody,
    add_address_intent,
    address_answer,
    cart_line_answer,
    cart_line_intent,
    checkout_intent,
    payment_intent,
    read_body,
    read_query,
)
from renmai.api.v1.pool_contract import PoolQuery, found_answer, pool_answer, pool_ask
from renmai.fast.calls import Answer, Call, answer_json
from renmai.fast.kept import Kept
from renmai.fast.pool import Readers
from renmai.fast.rooms.clips import Clips
from renmai.fast.rooms.film import Films
from renmai.goods.products.queries import POOL_COLUMNS, POOL_SQL, require_pool
from renmai.kit.problems import NotFound
from renmai.matching.search.queries import Found, Searching, Statement, searching
from renmai.matching.shown.lane import note_cart
from renmai.money.gateways.actions import read_webhook, webhook_thanks
from renmai.money.gateways.rules import NOTIFY_PATH
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.people.accounts.lane import address_lane
from renmai.trade.captures.actions import take_message
from renmai.trade.captures.lane import capture_lane, pay_lane
from renmai.trade.carts.lane import cart_lane
from renmai.trade.checkout.lane import checkout_lane

KEY = KEY_HEADER.lower()
readers = Readers()
films = Films(readers)
clips = Clips(readers)
pages = Readers(planned_once=True)
finds: Kept[list[tuple[Any, ...]]] = Kept(seconds=10, most=4_000)
# Messages of others are read in a thread: to understand one, its provider may have to be asked back.
READ_AT_ONCE = frozenset({"sandbox"})


async def pool(call: Call) -> Answer:
    """GET /pool: a page of the supply pool."""
    require_pool(call.actor)
    query = read_query(PoolQuery, call.query)
    if (ask := query.ask) is not None:
        return answer_json(found_answer(await _found(searching(ask, after=query.after, limit=query.limit))))
    rows = await pages.rows(POOL_SQL, pool_ask(query))
    return answer_json(pool_answer([dict(zip(POOL_COLUMNS, row, strict=True)) for row in rows], query.limit))


async def _found(program: Searching) -> Found:
    """Run a search. What only finds is kept for some seconds; what is shown is read anew each time (decision 0024)."""
    try:
        statement = next(program)
        while True:
            statement = program.send(await _rows_of(statement))
    except StopIteration as ended:
        found: Found = ended.value
        return found


async def _rows_of(statement: Statement) -> list[tuple[Any, ...]]:
    if not statement.finds:
        return await readers.rows(statement.sql, statement.params)
    key = (statement.sql, repr(statement.params))
    rows = finds.get(key)
    if rows is None:
        rows = await readers.rows(statement.sql, statement.params)
        finds.put(key, rows)
    return rows


async def cart_line(call: Call) -> Answer:
    """PUT /cart/lines: so many of a variant."""
    body = read_body(CartLineBody, await call.body())
    outcome = await cart_lane.asubmit(cart_line_intent(body, actor=call.actor, key=call.headers.get(KEY), now=call.now))
    if outcome.quantity and not outcome.repeated:
        note_cart(call.actor.person_id, body.pick_id, call.now)
    return answer_json(cart_line_answer(body, outcome), replayed=outcome.repeated)


async def address(call: Call) -> Answer:
    """POST /addresses: keep an address."""
    body = read_body(AddressBody, await call.body())
    address_id = await address_lane.asubmit(
        add_address_intent(body, actor=call.actor, key=call.headers.get(KEY), now=call.now)
    )
    return answer_json(address_answer(body, address_id), status=201)


async def checkout(call: Call) -> Answer:
    """POST /checkouts: place one order per shop, or nothing."""
    body = read_body(CheckoutBody, await call.body())
    intent = checkout_intent(body, actor=call.actor, key=call.headers.get(KEY), now=call.now)
    receipt = await checkout_lane.asubmit(intent)
    return answer_json(receipt.as_json(), status=201, replayed=receipt.repeated)


async def payment(call: Call) -> Answer:
    """POST /checkouts/{id}/payment: start paying."""
    try:
        checkout_id = UUID(call.names["checkout_id"])
    except ValueError:
        raise NotFound() from None
    await call.body()
    started = await pay_lane.asubmit(
        payment_intent(checkout_id, actor=call.actor, key=call.headers.get(KEY), now=call.now)
    )
    return answer_json(started.as_json(), status=201)


async def webhook(call: Call) -> Answer:
    """POST /webhooks/payments/{gateway}: a provider's signed messages."""
    body = await call.body()
    name = call.names["gateway"]
    read = partial(read_webhook, gateway_name=name, headers=call.headers, body=body, now=call.now)
    messages = read() if name in READ_AT_ONCE else await asyncio.to_thread(read)
    outcomes = [await _take(message) for message in messages]
    thanks = webhook_thanks(name)
    if thanks is not None:
        return Answer(thanks, type="text/plain; charset=utf-8")
    return answer_json({"taken": [outcome.value for outcome in outcomes]})


async def _take(message: Message) -> Outcome:
    if message.kind is Said.CAPTURED:
        outcome = await capture_lane.asubmit(message)
        if outcome is not Outcome.UNKNOWN:
            return outcome
    return await asyncio.to_thread(_take_in_thread, message)


def _take_in_thread(message: Message) -> Outcome:
    close_old_connections()
    try:
        return take_message(message)
    finally:
        close_old_connections()


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of this door. `path` has `{names}`; an audience of "public" needs no token (a signature, perhaps)."""

    method: str
    path: str
    audiences: tuple[str, ...]
    scope: str
    handler: Callable[[Call], Awaitable[Answer]]


ROUTES = (
    Route("GET", "/api/v1/pool", ("creator", "creator:content", "supplier", "operator"), "", pool),
    Route("PUT", "/api/v1/cart/lines", ("person",), "buy", cart_line),
    Route("POST", "/api/v1/addresses", ("person",), "buy", address),
    Route("POST", "/api/v1/checkouts", ("person",), "buy", checkout),
    Route("POST", "/api/v1/checkouts/{checkout_id}/payment", ("person",), "buy", payment),
    Route("POST", NOTIFY_PATH, ("public",), "", webhook),
    # A camera shows its own key; whoever may see the show may see its film.
    Route("POST", "/live/{show_id}/takes", ("public",), "", films.begin),
    Route("PUT", "/live/{show_id}/takes/{take}/fragments/{number}", ("public",), "", films.keep),
    Route("GET", "/live/{show_id}/takes/{take}/head.mp4", ("public",), "", films.head),
    Route("GET", "/live/{show_id}/takes/{take}/fragments/{number}", ("public",), "", films.fragment),
    Route("GET", "/live/{show_id}/film.m3u8", ("public",), "", films.playlist),
    Route("GET", "/live/{show_id}/clips/{clip}", ("public",), "", clips.clip),
)
