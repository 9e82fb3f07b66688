"""The intruder: every route declares its audience, and is tried by everyone who is not in it.

Each route of the whole table (pages, API, webhooks, sandbox, `fast`) is called with the ids of a real world as nobody, in
every other role, and in the same role of another tenant, by GET and by each write it declares. It must be refused, and
not one row of the database may differ afterwards. Where somebody may act on what is their own (a route without an id
in it), no row of anyone else's may differ.

A new route without a declared audience fails here; a new name in a path must be taught to `intruder_world.py`; a new
write for everyone must be named in PUBLIC_WRITES, a new read that rivals share in SHARED.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver

from renmai.api.v1.contract import SCOPE_OF
from renmai.fast.app import ROUTES, application
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.people.accounts.actions import make_token
from renmai.web.doors import ADMITS
from tests.web.intruder_calls import BODIES, EVERYONES, FORMS, OWN_BODIES, QUERIES, REFUSED_BY_NAME
from tests.web.intruder_shows import NOTHING_YET, of_show
from tests.web.intruder_team import SERVICE_READS, SERVICE_WORK, TEAM_WORK
from tests.web.intruder_world import SCOPES, House, Row, Somebody, fresh_key, make_house, snapshot

# Views that are not ours to declare: address -> why everyone may come.
LISTED = {
    "i18n/setlang/": "Django's own; sets the language's cookie, nothing else",
    "sandbox/pay": "a capability: whoever holds the signed address may pay it",
    "sandbox/sandbox.css": "a style sheet",
    "sandbox/api/returns": "signed by the merchant's key",
    "sandbox/api/payouts": "signed by the merchant's key",
    "sandbox/api/evidence": "signed by the merchant's key",
    "sandbox/api/settlement": "signed by the merchant's key",
    "ui": "the gallery of components, without data",
}
PUBLIC_WRITES = {
    ("sign-in", "POST"), ("sign-in/code", "POST"), ("sign-out", "POST"), ("cart/lines", "POST"),
    ("cart/line", "POST"), ("checkout", "POST"), ("sign-in/passkey", "POST"), ("sign-in/passkey/options", "POST"),
    ("api/v1/codes", "POST"), ("api/v1/tokens", "POST"), ("webhooks/payments/<slug:gateway>", "POST"),
    ("came-by", "POST"),  # writes a cookie of the browser that asks, and nothing else
}  # fmt: skip
# Reads in which a rival of the same role finds nothing but what everyone of that role may see.
# Everyone who is signed in may find a review helpful, which counts up its row (tests/trust/test_reviews.py).
SHARED: set[str] = {
    "POST reviews/<uuid:review_id>/votes",
    "PUT api/v1/reviews/<uuidstr:review_id>/vote",
    "DELETE api/v1/reviews/<uuidstr:review_id>/vote",
}
REFUSED = {401, 403, 404}
# Pages for every person of a post that is a draft here: its shop alone sees it.
OF_A_DRAFT = {"posts/<uuid:post_id>/comments"}
# Of things that the victims' buyer owns, though these calls are for payees too: everybody is a sharer.
BUYERS_OWN = {"read_invoice", "download_invoice"}


@dataclass(frozen=True)
class Try:
    """A route and a method to try it by."""

    path: str
    method: str
    audiences: tuple[str, ...]
    api: bool = False
    name: str = ""
    scopes: tuple[str, ...] = ()

    @property
    def names_things(self) -> bool:
        """Whether it is about things of the victims', in its path, question or body."""
        return "<" in self.path or self.name in QUERIES or self.name in BODIES

    def address(self, ids: dict[str, str]) -> str:
        """The address with the victims' ids in it."""
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], self.path)
        return f"/{filled.rstrip('$')}"


def everything(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (path, view) below `patterns`."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from everything(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def table() -> tuple[list[Try], list[str]]:
    """Every way into the house, and the addresses that declare nothing."""
    ways: dict[tuple[str, str], Try] = {}
    undeclared = []
    for path, view in everything(get_resolver().url_patterns):
        routes = getattr(view, "routes", None)
        if routes:
            found = [Try(path, r.method, r.audiences, True, r.name, r.scopes) for r in routes]
        elif hasattr(view, "audience"):
            found = [Try(path, method, ADMITS[view.audience] or (view.audience,)) for method in view.methods]
        elif path in LISTED:
            found = []
        else:
            undeclared.append(path)
            continue
        ways |= {(way.path, way.method): way for way in found}

    # Last what anyone may do for themselves: it may make a rival a creator or supplier; at the very end they sign out.
    def turn(way: Try) -> tuple[bool, bool]:
        return way.audiences == ("person",) and not way.names_things, way.path == "me/sign-out-everywhere"

    return sorted(ways.values(), key=turn), undeclared


def form(ids: dict[str, str]) -> dict[str, Any]:
    """Every field a page of ours may read, filled with the victims' things."""
    return {
        "key": fresh_key(), "shop": ids["shop_id"], "supplier": ids["supplier_id"], "pick": ids["pick_id"],
        "sku": ids["sku_id"], "product": ids["product_id"], "payout": ids["payout_id"], "line": [ids["line_id"]],
        "address": ids["address_id"], "order": ids["order_id"], "quantity": "2", "do": "save", "how": "set",
        "which": "profile", "decision": "return_excess", "verdict": "approved", "reason": "mine", "note": "mine",
        "word": "Mine now.", "term": "margin", "name": "Mine now", "words": "Mine now.", "said": "delivered",
        "carrier": "SF", "tracking": "1", "supply": "25.00", "floor": "30.00", "price": "60.00", "freight": "1.00",
        "change": "-1", "value": "1", "scopes": ["buy"], "amount": "10.00", "licence_number": "1", "country": "CN",
        "agency": ids["agency_id"], "share": "10", "member": "a@example.org", "rows": "0",
        "contact_email": "a@example.org", "handle": "stolen", "shops": "rival", "products": [ids["pool_product_id"]],
        "kind": "targeted", "commission": "50", "invitation": ids["invitation_id"], "plan": ids["plan_id"], "method": "card", "title": "Mine", "code": "123456",
        "recipient": "R", "phone": "1", "region": "R", "city": "C", "street": "S", f"price_{ids['sku_id']}": "60.00",
    }  # fmt: skip


def filled(value: Any, ids: dict[str, str]) -> Any:
    """`value` with names of ids replaced by the victims'."""
    if isinstance(value, dict):
        return {name: filled(part, ids) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, ids) for part in value]
    return ids.get(value, value) if isinstance(value, str) and value != "margin" else value


def call(way: Try, who: Somebody, house: House, token: str = "") -> int:
    """Try a way as somebody; return the status."""
    address = way.address(house.ids)
    if not way.api:
        send = who.client.get if way.method == "GET" else who.client.post
        response = send(address, form(house.ids) if way.method != "GET" else {})
        if response.streaming:
            b"".join(response.streaming_content)  # read to the end, which closes the file behind it
        return (
            401 if response.status_code == 302 and response["Location"].startswith("/sign-in") else response.status_code
        )
    headers = {"Authorization": f"Bearer {token or who.token}"} if who.token else {}
    headers["Idempotency-Key"] = fresh_key()
    query = filled(QUERIES.get(way.name, {}), house.ids)
    if way.name in FORMS:
        return who.client.post(
            address, filled(FORMS[way.name], house.ids) | {"file": _file()}, headers=headers
        ).status_code
    body = filled(BODIES.get(way.name, OWN_BODIES.get(way.name)), house.ids)
    content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = who.client.generic(way.method, address, headers=headers, query_params=query, **content)
    if answer.streaming:
        b"".join(answer.streaming_content)  # as above
    return answer.status_code


def _file() -> Any:
    return SimpleUploadedFile("mine.csv", b"Handle,Title\nmine,Mine\n", "text/csv")


def intruders(way: Try, house: House) -> list[tuple[Somebody, bool]]:
    """Who must not get in, and whether they may at most act on what is their own."""
    people = house.people
    found = [(people["anonymous"], False)]
    if "person" in way.audiences:
        rivals = ["rival buyer", "rival creator", "rival supplier", "rival agency", "rival content", "rival service"]
        # The victims' own team sees what is its part of the shop, and nothing else that is theirs.
        if way.names_things and way.name not in SERVICE_READS | SERVICE_WORK:
            rivals += [part for part in ("content", "service") if not _work(way.name or way.path, part)]
        own = not way.names_things or (way.path, way.method) in EVERYONES
        return found + [(people[rival], own) for rival in rivals]
    for role in ("creator:content", "creator:service"):
        stranger, part = role not in way.audiences, role.split(":")[1]
        found.append((people[f"rival {part}"], not stranger and not way.names_things))
        if stranger:
            found.append((people[part], False))
    for role in ("buyer", "creator", "supplier", "agency"):
        stranger = role not in way.audiences and not (role == "creator" and "owner" in way.audiences)
        found.append((people[f"rival {role}"], not stranger and not way.names_things))
    if way.audiences == ("owner",):
        found.append((people["manager"], False))
    if "operator" not in way.audiences:
        found.append((people["operator"], False))
    else:
        found += [
            (people[role], False) for role in ("buyer", "creator", "supplier", "agency") if role not in way.audiences
        ]
        found = [
            each for each in found if each[0].role != "buyer" or way.name not in BUYERS_OWN or each[0].name != "buyer"
        ]
    return found


def _work(way: str, part: str) -> bool:
    return (way, part) in TEAM_WORK or (part == "content" and of_show(way))


def faults(way: Try, who: Somebody, own: bool, status: int, before: frozenset[Row], after: frozenset[Row]) -> list[str]:
    """What is wrong with the answer to an intruder."""
    label = f"{way.method} {way.path} as {who.name}"
    gone = before - after
    if own:
        foreign = [row for row in gone if not any(mine in row[1] for mine in who.own)]
        return [f"{label}: changed {table}: {text[:200]}" for table, text in foreign] + (
            [f"{label}: answered {status}"] if status >= 500 else []
        )
    wrong = [] if before == after else [f"{label}: changed {sorted({row[0] for row in before ^ after})}"]
    # A page tells a refusal on the page it leads back to; that nothing happened has been seen above.
    told = way.method != "GET" and status == (422 if way.name in REFUSED_BY_NAME else None if way.api else 302)
    refused = status in REFUSED or told
    return wrong + ([] if refused else [f"{label}: answered {status}"])


@pytest.fixture
def world(house: None) -> House:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    return make_house()


def test_every_route_declares_its_audience() -> None:
    ways, undeclared = table()
    assert undeclared == []
    known = {"public", "person", "creator", "supplier", "agency", "sharer", "operator"}
    known |= {"owner", "creator:content", "creator:service"}
    assert [way for way in ways if not set(way.audiences) <= known or not way.audiences] == []
    public = {(way.path, way.method) for way in ways if way.audiences == ("public",) and way.method != "GET"}
    assert public == PUBLIC_WRITES


def test_nobody_gets_where_they_do_not_belong(world: House) -> None:
    ways, _ = table()
    found: list[str] = []
    before = snapshot()
    for way in ways:
        if way.audiences == ("public",) or f"{way.method} {way.path}" in SHARED:
            continue
        for who, own in intruders(way, world):
            status = call(way, who, world)
            after = snapshot()
            found += faults(way, who, own, status, before, after)
            before = after
    assert not found, "\n".join(found)


def test_the_walk_sees_an_open_door(world: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renmai.places.shops.actions.access_own_pick", lambda actor, pick_id: None)
    way = next(way for way in table()[0] if way.name == "remove_own_pick")
    before = snapshot()
    rival = world.people["rival creator"]
    found = faults(way, rival, False, call(way, rival, world), before, snapshot())
    assert [fault.split(": ")[1] for fault in found] == [
        "changed ['kit_event', 'kit_idempotencykey', 'places_pick']",
        "answered 200",
    ]


def test_private_documents_stay_private_behind_a_public_address(world: House) -> None:
    way = Try("media/<uuid:media_id>", "GET", ("public",))
    for who in world.people.values():
        allowed = who.name in {"supplier", "operator"}
        assert call(way, who, world) == (200 if allowed else 404), who.name
    assert call(Try("outbox", "GET", ("public",)), world.people["operator"], world) == 404


def test_owners_get_in(world: House) -> None:
    """The walk above would prove nothing if its addresses led nowhere: those who may come are let in by the same ones."""
    ways, _ = table()
    found = []
    for way in ways:
        if way.method != "GET" or way.audiences == ("public",) or way.path in NOTHING_YET:
            continue
        who = world.people[
            "buyer"
            if way.audiences == ("person",)
            else next((r for r in ("operator", "supplier", "creator", "agency") if r in way.audiences), "creator")
        ]
        if way.name in QUERIES and way.audiences != ("operator",):
            role = {
                "shop_id": "creator",
                "account": "creator",
                "agency_id": "agency",
                "pool_product_id": "creator",
            }.get(next(iter(reversed(QUERIES[way.name].values()))), "")
            who = world.people[
                role or ("creator" if "account" in QUERIES[way.name] or "<account>" in way.path else "supplier")
            ]
        if way.path in OF_A_DRAFT or of_show(way.name or way.path):
            who = world.people["creator"]
        # The victims' product waits for screening; a creator sees what is in the pool.
        ids = world.ids | (
            {"product_id": world.ids["pool_product_id"]}
            if who.role == "creator" or way.name == "read_pool_card"
            else {}
        )
        if who.role == "creator":
            own = ("effect_id", "appeal_id", *(("fact_id",) if "credit/facts" in way.path else ()))
            ids = ids | {name: ids[f"creator_{name}"] for name in own}
        if who.role in {"creator", "operator"}:
            ids = ids | {"pallet_id": ids["house_pallet_id"]}  # the supplier's own is a draft
        status = call(way, who, House(ids, world.people))
        if status not in {200, 302}:
            found.append(f"{way.method} {way.path} as {who.name}: {status}")
    assert not found, "\n".join(found)


def test_a_token_of_other_scopes_does_nothing(world: House) -> None:
    ways, _ = table()
    narrow: dict[tuple[str, ...], dict[str, str]] = {}
    found: list[str] = []
    before = snapshot()
    for way in (way for way in ways if way.api and way.scopes):
        role = next(
            (role for role in ("buyer", "creator", "supplier", "operator") if SCOPE_OF[role] in way.scopes), "buyer"
        )
        who = world.people[role]
        rest = tuple(scope for scope in SCOPES if scope not in way.scopes)
        tokens = narrow.setdefault(rest, {})
        if role not in tokens and who.person:
            _, tokens[role] = make_token(actor=Actor(who.person.id), now=clock.now(), name="narrow", scopes=rest)
            before = snapshot()
        status = call(way, who, world, tokens[role])
        after = snapshot()
        found += faults(way, who, False, status, before, after)
        before = after
    assert not found, "\n".join(found)


def test_fast_refuses_the_same_people(world: House) -> None:
    found: list[str] = []
    before = snapshot()
    names = {
        "/api/v1/cart/lines": "set_cart_line",
        "/api/v1/addresses": "keep_address",
        "/api/v1/checkouts": "place_checkout",
    }
    for route in ROUTES:
        if route.audiences == ("public",):
            continue
        name = names.get(route.path, "")
        way = Try(route.path.lstrip("/").replace("{", "<").replace("}", ">"), route.method, route.audiences, True, name)
        for who, own in intruders(way, world):
            status = asyncio.run(_call_fast(way, who, world))
            after = snapshot()
            found += faults(way, who, own, status, before, after)
            before = after
    assert not found, "\n".join(found)


async def _call_fast(way: Try, who: Somebody, house: House) -> int:
    sent: list[dict[str, Any]] = []
    body = json.dumps(filled(BODIES.get(way.name, OWN_BODIES.get(way.name, {})), house.ids)).encode()
    headers = [(b"idempotency-key", fresh_key().encode()), (b"content-type", b"application/json")]
    if who.token:
        headers.append((b"authorization", f"Bearer {who.token}".encode()))
    scope = {
        "type": "http",
        "method": way.method,
        "path": way.address(house.ids),
        "query_string": b"",
        "headers": headers,
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return int(sent[0]["status"])
