"""The whole journey by HTTP only: from a supplier's application to settled money and back, each step by its user."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from PIL import Image

from renmai.goods.products.models import Category
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.rules import SIGNATURE_HEADER, sign
from renmai.money.settlement.lane import settle_batch
from renmai.people.accounts.actions import grant_role
from renmai.people.accounts.models import Person
from tests.api.desk import Caller, sign_in
from tests.goods.runs import work_files

pytestmark = [pytest.mark.django_db(transaction=True)]

FILE = """\
Handle,Title,Body (HTML),Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Cost per item
{0}-a,{0} A,<p>Good.</p>,Home,Size,S,{0}-A-S,50,60.00,25.00
{0}-a,,,,,L,{0}-A-L,50,70.00,30.00
{0}-b,{0} B,<p>Fine.</p>,Home,Title,Default Title,{0}-B,20,90.00,20.00
"""


def operator() -> Caller:
    caller = sign_in("op@example.org")
    grant_role(actor=SYSTEM, now=clock.now(), person_id=Person.objects.get(email="op@example.org").id, role="operator")
    return caller


def evidence() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (60, 40), "white").save(content, "PNG")
    return SimpleUploadedFile("licence.png", content.getvalue(), "image/png")


def open_supplier(email: str, name: str, house: Caller) -> tuple[Caller, str, dict[str, Any]]:
    """Apply, hand evidence in, be approved, import a file, have its sound product approved; return the product."""
    supplier = sign_in(email, "supply")
    applied = supplier.do("POST", "/suppliers", {"name": name, "licence_number": "1", "contact_email": email})
    decide = f"/screening/suppliers/{applied['id']}/decisions"
    yes = {"verdict": "approved", "reason": "Checked."}
    assert house.refused("POST", decide, yes)["code"] == "screening.not_ready"
    supplier.do("POST", "/evidence", data={"subject_id": applied["id"], "title": "Licence", "file": evidence()})
    house.do("POST", decide, yes)
    assert supplier.get(f"/suppliers/{applied['id']}")["state"] == "approved"
    file = SimpleUploadedFile("goods.csv", FILE.format(name.lower()).encode(), "text/csv")
    sent = supplier.do("POST", "/imports", data={"supplier_id": applied["id"], "file": file})
    assert (sent["state"], work_files()) == ("waiting", 1)
    seen = supplier.get(f"/imports/{sent['id']}")
    assert (seen["state"], seen["products_new"], seen["preview"][0]["field"]) == ("previewed", 1, "new")
    assert supplier.do("POST", f"/imports/{sent['id']}/application")["state"] == "applying"
    work_files()
    run = supplier.get(f"/imports/{sent['id']}")
    assert run["state"] == "done"
    assert (run["products_new"], run["rows_bad"]) == (1, 1), run
    assert run["bad"][0]["code"] == "price.above_cap" and run["bad"][0]["row"] == 4
    waiting = house.get("/screening/products")["items"]
    assert [row["supplier_id"] for row in waiting] == [applied["id"]]
    house.do("POST", f"/screening/products/{waiting[0]['id']}/decisions", yes)
    supplier.do("PATCH", f"/suppliers/{applied['id']}", {"freight_minor": 800})
    return supplier, applied["id"], supplier.get(f"/products/{waiting[0]['id']}")


def open_pick(email: str, handle: str, product: dict[str, Any], price_minor: int) -> tuple[Caller, str, str]:
    """Open a shop and pick a product on margin terms; return the creator, the shop's id and the pick's."""
    creator = sign_in(email, "shop")
    shop = creator.do("POST", "/shops", {"handle": handle, "name": handle.title()})
    small = product["skus"][0]
    ask = {
        "shop_id": shop["id"],
        "product_id": product["id"],
        "prices": [{"sku_id": small["id"], "price_minor": price_minor}],
    }
    quote = creator.do("POST", "/picks/quote", ask, key=None)
    assert quote["quotes"][0]["earns_minor"] == price_minor - price_minor * 5 // 100 - 2500
    pick = creator.do("POST", "/picks", {**ask, "word": "I use it daily."})
    return creator, shop["id"], pick["id"]


def webhook(payment: dict[str, Any], *, key: bytes | None = None, event: str = "evt_1") -> Any:
    """Deliver the sandbox's word that a payment was captured, signed."""
    now = clock.now()
    body = orjson.dumps(
        {
            "id": event, "kind": "payment.captured", "ref": UUID(payment["id"]).hex,
            "amount_minor": payment["amount_minor"], "currency": payment["currency"], "at": now.isoformat(),
        }
    )  # fmt: skip
    signature = sign(key or webhook_key(), body, at=int(now.timestamp()))
    return Caller().http.post(
        "/webhooks/payments/sandbox", body, content_type="application/json", headers={SIGNATURE_HEADER: signature}
    )


def settle(days: int) -> None:
    """Let time pass: settle what is due in so many days."""
    with transaction.atomic(), connection.cursor() as cursor:
        assert settle_batch(cursor, now=clock.now() + timedelta(days=days), limit=10)[0] == 2


def test_the_whole_journey(house: None) -> None:
    Category.objects.create(slug="home", name="Home", name_zh="家居")
    desk = operator()
    kiln, kiln_id, cups = open_supplier("kiln@example.org", "Kiln", desk)
    hill, hill_id, bowls = open_supplier("hill@example.org", "Hill", desk)
    lin, lin_shop, lin_pick = open_pick("lin@example.org", "lin", cups, 6000)
    mei, mei_shop, mei_pick = open_pick("mei@example.org", "mei", bowls, 7500)
    pool = lin.get("/pool", limit=1)
    assert len(pool["items"]) == 1 and len(lin.get("/pool", after=pool["next"])["items"]) == 1

    # A buyer finds people first, then fills a cart over two shops and two suppliers.
    anyone = Caller()
    assert [shop["handle"] for shop in anyone.get("/shops")["items"]] == ["mei", "lin"]
    assert anyone.get("/shops/lin/picks")["items"][0]["id"] == lin_pick
    shown = anyone.get(f"/picks/{lin_pick}")
    assert shown["word"] == "I use it daily." and shown["skus"][0]["multiple_bps"] == 24_000
    buyer = sign_in("buyer@example.org", "buy")
    lines = [
        {"pick_id": lin_pick, "sku_id": cups["skus"][0]["id"], "quantity": 2},
        {"pick_id": mei_pick, "sku_id": bowls["skus"][0]["id"], "quantity": 1},
    ]
    for line in lines:
        buyer.do("PUT", "/cart/lines", line)
    cart = buyer.get("/cart")
    assert (cart["goods_minor"], cart["freight_minor"], cart["total_minor"]) == (19_500, 1600, 21_100)
    address = buyer.do(
        "POST",
        "/addresses",
        {"recipient": "Bo", "phone": "123", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Road"},
    )

    # One checkout, one payment, one order a shop.
    receipt = buyer.do("POST", "/checkouts", {"lines": lines, "address_id": address["id"]})
    assert receipt["total_minor"] == 21_100 and len(receipt["orders"]) == 2
    assert buyer.get("/cart")["units"] == 0
    payment = buyer.do("POST", f"/checkouts/{receipt['id']}/payment")
    assert (payment["amount_minor"], payment["state"]) == (21_100, "started")
    assert webhook(payment, key=b"forged").status_code == 403
    assert buyer.get(f"/checkouts/{receipt['id']}")["state"] == "open"
    assert webhook(payment).json() == {"taken": ["paid"]}
    assert webhook(payment).json() == {"taken": ["repeated"]}
    assert buyer.get(f"/checkouts/{receipt['id']}")["state"] == "paid"

    # Each supplier ships its own parcel, the buyer confirms.
    for supplier, supplier_id in ((kiln, kiln_id), (hill, hill_id)):
        parcel = supplier.get("/parcels", supplier_id=supplier_id, state="waiting")["items"][0]
        assert parcel["address"]["recipient"] == "Bo"
        step = supplier.do("POST", f"/parcels/{parcel['id']}/hand-over", {"carrier": "SF", "tracking": "1"})
        assert step["order_state"] == "shipped"
        supplier.do("POST", f"/parcels/{parcel['id']}/reports", {"said": "delivered"})
    for order in receipt["orders"]:
        assert buyer.do("POST", f"/orders/{order['id']}/receipt")["steps"][0]["order_state"] == "received"
    settle(8)

    # Each sees a statement that re-adds; a part is refunded and clawed back.
    orders = {order["shop_id"]: order for order in buyer.get("/orders")["items"]}
    assert {order["state"] for order in orders.values()} == {"settled"}
    balances = {name: caller.get("/earnings", account=name)["available_minor"] for name, caller in (
        (f"creator:{lin_shop}", lin), (f"creator:{mei_shop}", mei), (f"supplier:{kiln_id}", kiln), (f"supplier:{hill_id}", hill),
    )}  # fmt: skip
    assert list(balances.values()) == [12_000 - 600 - 5000, 7500 - 375 - 2500, 5000 + 800, 2500 + 800]
    goods = next(line for line in orders[lin_shop]["lines"] if line["kind"] == "goods")
    refund = {"reason": "chipped", "lines": [{"line_id": goods["id"], "amount_minor": 3200}]}
    given = lin.do("POST", f"/orders/{orders[lin_shop]['id']}/refunds", refund)
    assert given["amount_minor"] == 3200  # borne by the creator alone, who gave it of her own accord
    start, end = clock.now() - timedelta(days=1), clock.now() + timedelta(days=30)
    period = {"start": start.isoformat(), "end": end.isoformat()}
    statement = lin.get(f"/statements/creator:{lin_shop}", **period)
    sums = [sum(row["amount_minor"] for row in statement[part]) for part in ("lines", "subtotals")]
    assert [statement["opening_minor"] + each for each in sums] == [statement["closing_minor"]] * 2
    assert (statement["estimated_minor"], statement["estimated"]) == (0, [])
    assert statement["closing_minor"] == 6400 - 3200
    file = lin.call("GET", f"/statements/creator:{lin_shop}/statement.csv", query=period).content
    assert file.count(b"\r\n") == 2 + len(statement["lines"]) + 1
    paper = lin.call("GET", f"/statements/creator:{lin_shop}/statement.pdf", query=period)
    assert (paper.kind, paper.content[:5]) == ("application/pdf", b"%PDF-")
    mei.refused("GET", f"/statements/creator:{lin_shop}", query=period)

    # Who stands behind the shop, and an invoice the buyer asks for.
    said = {"account": f"creator:{lin_shop}", "kind": "person", "legal_name": "Lin", "tax_number": "330106199001011234"}
    assert lin.do("PUT", "/details", said)["tax_number"] == "****1234"
    invoice = buyer.do("POST", f"/orders/{orders[mei_shop]['id']}/invoice", {"title": "Bo"})
    assert (invoice["state"], invoice["amount_minor"]) == ("requested", orders[mei_shop]["total_minor"])
    assert desk.get("/invoices/queue")["items"] == [buyer.get(f"/invoices/{invoice['id']}")]
    quarter = desk.get("/reports/quarter", year=end.year, quarter=(end.month - 1) // 3 + 1)
    assert sum(row["closing_minor"] for row in quarter["items"]) == quarter["total"]["closing_minor"]

    # A payout is asked for; a token cannot approve it.
    payout = lin.do("POST", "/payouts", {"account": f"creator:{lin_shop}", "amount_minor": 3200})
    assert desk.get("/payouts/queue")["items"][0]["id"] == payout["id"]
    assert desk.refused("POST", f"/payouts/{payout['id']}/approval")["code"] == "payout.second_factor_needed"
    assert lin.get(f"/payouts/{payout['id']}")["state"] == "requested"
    assert (
        lin.refused("POST", "/payouts", {"account": f"creator:{lin_shop}", "amount_minor": 3200})["code"]
        == "payout.short"
    )


def test_a_refund_before_shipping_and_a_cancelled_checkout(house: None) -> None:
    Category.objects.create(slug="home", name="Home", name_zh="家居")
    desk = operator()
    _, _, cups = open_supplier("kiln@example.org", "Kiln", desk)
    _, _, pick = open_pick("lin@example.org", "lin", cups, 6000)
    buyer = sign_in("buyer@example.org", "buy")
    to = {"recipient": "Bo", "phone": "123", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Road"}
    basket = {"lines": [{"pick_id": pick, "sku_id": cups["skus"][0]["id"], "quantity": 3}], "address": to}
    first = buyer.do("POST", "/checkouts", basket)
    assert buyer.do("DELETE", f"/checkouts/{first['id']}")["state"] == "cancelled"
    assert buyer.refused("POST", f"/checkouts/{first['id']}/payment")["code"] == "checkout.over"
    second = buyer.do("POST", "/checkouts", basket)
    payment = buyer.do("POST", f"/checkouts/{second['id']}/payment")
    webhook(payment)
    order_id = second["orders"][0]["id"]
    refund = {"reason": "changed my mind"}
    given = buyer.do("POST", f"/orders/{order_id}/refunds", refund)
    assert given["amount_minor"] == second["total_minor"]
    assert buyer.get(f"/orders/{order_id}")["state"] == "refunded"
    assert buyer.refused("DELETE", f"/checkouts/{second['id']}")["code"] == "order.not_now"
