"""Brands, samples and pallets on their pages: from both sides, and for everyone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from renmai.goods.brands.models import Brand
from renmai.goods.pallets.actions import make_pallet, publish_pallet, put_item
from renmai.goods.pallets.models import Pallet, PalletItem
from renmai.goods.products.models import Product
from renmai.goods.samples.models import Sample
from renmai.kit import clock
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Address
from renmai.places.shops.models import Pick
from tests.goods.pool import operator, product, supplier
from tests.web.desk_world import Consoles, a_picture, key, make_consoles, statements, words_of
from tests.web.operator_world import PDF_BYTES

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def consoles(house: None) -> Consoles:
    return make_consoles()


def post(client: Any, path: str, /, **fields: Any) -> Any:
    return client.post(path, {"key": key(), **fields})


def pdf(name: str = "mark.pdf") -> Any:
    file = a_picture()
    file.seek(0)
    file.truncate()
    file.write(PDF_BYTES + name.encode())
    file.seek(0)
    file.name = name
    return file


def a_pallet(count: int, *, starter: bool = True) -> Pallet:
    """A published pallet of the house with so many products of another supplier."""
    op, of = operator(), supplier("Hill 2")
    pallet = make_pallet(actor=op, now=clock.now(), title="First shelf", title_zh="第一架", starter=starter)
    for number in range(count):
        row = product(of, f"shelf-{number}")
        put_item(
            actor=op, now=clock.now(), pallet_id=pallet.id, product_id=row.id, term="margin" if number % 2 else "commission",
            word=f"Word {number}.", word_zh=f"话{number}。",
        )  # fmt: skip
    return publish_pallet(actor=op, now=clock.now(), pallet_id=pallet.id)


def test_an_empty_shop_is_offered_the_starter_pallet_and_picks_from_it(consoles: Consoles) -> None:
    assert "First shelf" not in words_of(consoles.creator.get("/creator"))
    pallet = a_pallet(4)
    assert "First shelf" not in words_of(consoles.creator.get("/creator"))  # the shop has picks
    Pick.objects.all().delete()
    assert "First shelf" in words_of(consoles.creator.get("/creator"))
    assert "4 products" in words_of(consoles.creator.get("/creator/pallets"))
    page = f"/creator/pallets/{pallet.id}"
    shown = words_of(consoles.creator.get(page))
    assert "shelf-0" in shown and "+¥5.00" in shown and "Word 3." in shown
    items = list(PalletItem.objects.filter(pallet=pallet).order_by("position"))
    none = post(consoles.creator, page, **{f"word_{items[0].product_id}": "Mine & only."})
    assert none.status_code == 422 and Pick.objects.count() == 0
    assert "Mine &amp; only.</textarea>" in none.content.decode()
    assert [row["chosen"] for row in none.context["rows"]] == [False] * 4
    chosen = [items[0], items[1], items[3]]
    form: dict[str, Any] = {"product": [str(item.product_id) for item in chosen]}
    form |= {f"term_{items[1].product_id}": "commission", f"word_{items[1].product_id}": "My own word."}
    form |= {f"word_{items[3].product_id}": "Word 3."}
    Product.objects.filter(id=items[3].product_id).update(margin_allowed=False)
    answer = consoles.creator.post(page, {"key": key(), **form}, follow=True)
    assert "2 products are in your shop now." in words_of(answer)
    assert "shelf-3: This product is not offered on the terms margin." in words_of(answer)
    picked = {pick.product_id: pick for pick in Pick.objects.all()}
    assert set(picked) == {items[0].product_id, items[1].product_id}
    assert (picked[items[1].product_id].term, picked[items[1].product_id].word) == ("commission", "My own word.")
    assert (picked[items[0].product_id].word, picked[items[0].product_id].word_zh) == ("Word 0.", "话0。")


def test_a_pallet_costs_as_many_statements_however_long(consoles: Consoles) -> None:
    few, many = a_pallet(2), a_pallet(3)
    for number in range(12):
        row = product(supplier(f"S{number}"), f"more-{number}")
        PalletItem.objects.create(pallet=many, product=row, position=10 + number, term="margin", word="w")
    assert statements(consoles.creator, f"/creator/pallets/{few.id}") == statements(
        consoles.creator, f"/creator/pallets/{many.id}"
    )


def test_a_supplier_fills_orders_publishes_and_closes_a_pallet(consoles: Consoles) -> None:
    of = consoles.world.suppliers[0]
    goods = [product(of, "cup"), product(of, "bowl", commission_bps=None)]
    assert "No pallets yet" in words_of(consoles.supplier.get("/supplier/pallets"))
    assert post(consoles.supplier, "/supplier/pallets", title="").status_code == 422
    made = post(consoles.supplier, "/supplier/pallets", title="For the table")
    pallet = Pallet.objects.get()
    page = f"/supplier/pallets/{pallet.id}"
    assert (made["Location"], pallet.supplier_id) == (page, of.id)
    item = {"which": "item", "word": "Good.", "product": str(goods[1].id)}
    assert "cannot be put" in words_of(post(consoles.supplier, page, **item, term="commission"))
    post(consoles.supplier, page, **item, term="margin")
    post(consoles.supplier, page, **item | {"product": str(goods[0].id)}, term="commission")
    assert "cup" in words_of(consoles.supplier.get(f"{page}?q=mug"))
    post(consoles.supplier, page, which="up", product=str(goods[0].id))
    order = PalletItem.objects.order_by("position").values_list("product_id", flat=True)
    assert list(order) == [goods[0].id, goods[1].id]
    post(consoles.supplier, page, which="take", product=str(goods[1].id))
    post(consoles.supplier, page, which="profile", title="For every table", title_zh="家家的桌")
    post(consoles.supplier, page, which="publish")
    assert "For every table" in words_of(consoles.creator.get("/creator/pallets"))
    post(consoles.supplier, page, which="close")
    assert "For every table" not in words_of(consoles.creator.get("/creator/pallets"))
    assert "Closed" in words_of(consoles.supplier.get(page))
    assert consoles.creator.get(f"/creator/pallets/{pallet.id}").status_code == 404


def test_a_sample_goes_from_request_to_done(consoles: Consoles) -> None:
    world = consoles.world
    mug = Product.objects.get(handle="mug")
    ask = f"/creator/pool/{mug.id}/sample"
    assert "Write an address" in words_of(consoles.creator.get(ask))
    address = Address.objects.create(
        person_id=world.shops[0].owner_id, recipient="Lin", phone="1", region="ZJ", city="Hangzhou", street="1 Lake Rd",
        created_at=clock.now(),
    )  # fmt: skip
    form = {"words": "A film.", "sku": str(world.skus["mug"].id), "address": str(address.id)}
    assert post(consoles.creator, ask, **form | {"words": ""}).status_code == 422
    assert post(consoles.creator, ask, **form).status_code == 302
    assert "not done yet" in words_of(consoles.creator.get(ask))
    sample = Sample.objects.get()
    mine, theirs = f"/creator/samples/{sample.id}", f"/supplier/samples/{sample.id}"
    assert "mug" in words_of(consoles.creator.get("/creator/samples"))
    assert "A film." in words_of(consoles.supplier.get("/supplier/samples"))
    shown = words_of(consoles.supplier.get(theirs))
    assert "Hangzhou" in shown and "1 Lake Rd" not in shown
    post(consoles.supplier, theirs, do="approve")
    assert "1 Lake Rd" in words_of(consoles.supplier.get(theirs))
    assert post(consoles.supplier, theirs, do="ship", carrier="SF", tracking="").status_code == 422
    post(consoles.supplier, theirs, do="ship", carrier="SF", tracking="SF1")
    assert "SF1" in words_of(consoles.creator.get(mine))
    post(consoles.creator, mine, do="sign")
    bad = post(consoles.creator, mine, do="deliver", url="http://a.example.org/x")
    assert bad.status_code == 422 and "beginning with https://" in words_of(bad)
    post(consoles.creator, mine, do="deliver", url="https://a.example.org/x")
    assert Sample.objects.get().state == "done"
    for client, page in ((consoles.creator, mine), (consoles.supplier, theirs)):
        assert "https://a.example.org/x" in words_of(client.get(page))
        assert "1 Lake Rd" not in words_of(client.get(page))
    assert "mug" in words_of(consoles.supplier.get("/supplier/samples?view=done"))


def test_a_refusal_is_read_with_its_reason(consoles: Consoles) -> None:
    mug = Product.objects.get(handle="mug")
    sample = Sample.objects.create(
        product=mug, sku=mug.skus.get(), supplier=mug.supplier, shop_id=consoles.world.shops[0].id, words="w",
        by_id=mug.id, requested_at=clock.now(),
    )  # fmt: skip
    page = f"/supplier/samples/{sample.id}"
    assert post(consoles.supplier, page, do="reject", reason="").status_code == 422
    post(consoles.supplier, page, do="reject", reason="All promised.")
    assert "All promised." in words_of(consoles.creator.get(f"/creator/samples/{sample.id}"))
    assert post(consoles.creator, f"/creator/samples/{sample.id}", do="fly").status_code == 404


def test_a_brand_is_made_proven_handed_in_and_found(consoles: Consoles) -> None:
    of = consoles.world.suppliers[0]
    assert "No brands yet" in words_of(consoles.supplier.get("/supplier/brands"))
    assert post(consoles.supplier, "/supplier/brands/new", name="").status_code == 422
    fields = {"name": "Clay & Sky", "owner": "Clay Ltd", "country": "cn", "town": "Jingdezhen", "founded": "1987"}
    made = post(consoles.supplier, "/supplier/brands/new", **fields, story="Two sisters.", face=a_picture())
    brand = Brand.objects.get()
    page = f"/supplier/brands/{brand.id}"
    assert (made["Location"], brand.country, brand.face_id is not None) == (page, "CN", True)
    shown = words_of(consoles.supplier.get(page))
    assert "certificate of the mark is missing" in shown and "no chain of authorisations" in shown
    post(consoles.supplier, page, which="certificate", number="1", document=pdf())
    link = {"which": "link", "grantor": "Clay Ltd", "grantee": of.name}
    assert post(consoles.supplier, page, **link).status_code == 422
    post(consoles.supplier, page, **link, document=pdf("chain.pdf"))
    post(consoles.supplier, page, which="proof", title="Kiln visited", issuer="House", picture=a_picture("blue"))
    post(consoles.supplier, page, which="profile", **fields, story="Two sisters and a kiln.")
    assert "Still missing" not in words_of(consoles.supplier.get(page))
    post(consoles.supplier, page, which="submit")
    assert consoles.nobody.get("/brands/clay-sky").status_code == 404
    Brand.objects.update(state="approved", approved_at=clock.now())
    Product.objects.filter(handle="mug").update(brand=brand)
    public = words_of(consoles.nobody.get("/brands/clay-sky"))
    assert all(
        word in public for word in ("Two sisters and a kiln.", "Kiln visited", "mug", "lin", "Good.", "since 1987")
    )
    assert "chain.pdf" not in public and "Clay Ltd" not in public
    listed = words_of(consoles.nobody.get("/brands?sort=creators&category=home&place=CN,Jingdezhen"))
    assert "Clay & Sky" in listed and "1 person stands for it" in listed
    assert "Nobody like that yet" in words_of(consoles.nobody.get("/brands?category=none"))
    pick = consoles.world.picks["mug"]
    assert "Clay & Sky" in words_of(consoles.nobody.get(f"/picks/{pick.id}"))
    assert "Clay & Sky" in words_of(consoles.creator.get(f"/creator/pool/{pick.product_id}"))


def test_the_list_of_brands_costs_as_many_statements_however_long(consoles: Consoles) -> None:
    def add(number: int) -> None:
        of = supplier(f"S{number}")
        row = Brand.objects.create(
            supplier=of, slug=f"b-{number}", name=f"B{number}", owner="x", state="approved", created_at=clock.now()
        )
        goods = [product(of, f"g{number}-{n}") for n in range(2)]
        Product.objects.filter(id__in=[one.id for one in goods]).update(brand=row)
        for one in goods:
            Pick.objects.create(
                shop=consoles.world.shops[number % 2],
                product_id=one.id,
                term="margin",
                word="w",
                created_at=clock.now(),
            )

    add(0)
    addresses = ("/brands", "/brands?sort=creators", "/brands/b-0")
    few = [statements(consoles.nobody, address) for address in addresses]
    for number in range(1, 8):
        add(number)
    Product.objects.filter(handle__startswith="g3").update(brand=Brand.objects.get(slug="b-0"))
    assert [statements(consoles.nobody, address) for address in addresses] == few


def test_the_api_picks_a_batch_and_says_what_became_of_each(consoles: Consoles) -> None:
    world, (good, gone) = (
        consoles.world,
        (product(supplier("X"), "good"), product(supplier("Y"), "gone", state="draft")),
    )
    creator = world.creator(0)
    _, secret = make_token(actor=creator, now=clock.now(), name="t", scopes=["shop"])
    body = {"picks": [{"product_id": str(row.id), "word": "Mine."} for row in (good, gone)]}
    sent = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key()}
    send = lambda: consoles.nobody.post(
        f"/api/v1/shops/{world.shops[0].id}/picks/batch", json.dumps(body), "application/json", headers=sent
    )
    first, again = send(), send()
    assert [row["code"] for row in first.json()["items"]] == ["picked", "pick.not_in_pool"]
    assert again.json() == first.json() and again["Idempotent-Replay"] == "true"
    assert Pick.objects.filter(product_id=good.id).count() == 1
    brands = consoles.nobody.get("/api/v1/brands?sort=creators").json()
    assert brands == {"items": [], "next": None}
