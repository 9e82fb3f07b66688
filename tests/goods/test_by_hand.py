"""Products made by hand: texts, attributes, variants, pictures, exclusions, and what is kept of each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from renmai.goods.products.actions import (
    AttributesMissing,
    BandRefused,
    WrongProductState,
    change_stock,
    set_prices,
    set_sale_terms,
    submit_product,
)
from renmai.goods.products.attributes import Asked, checked_attributes, missing_attributes
from renmai.goods.products.categories import (
    CategoryTaken,
    drop_attribute,
    edit_category,
    make_category,
    put_attribute,
)
from renmai.goods.products.models import (
    Category,
    CategoryAttribute,
    Product,
    ProductChange,
    ProductPicture,
    Sku,
    Stock,
)
from renmai.goods.products.pictures import add_picture, order_pictures, remove_picture
from renmai.goods.products.texts import (
    HandleTaken,
    NewProduct,
    SupplierClosed,
    change_product,
    create_product,
    set_exclusions,
)
from renmai.goods.products.variants import (
    LastVariant,
    NewVariant,
    VariantTaken,
    add_variant,
    change_variant,
    end_variant,
    resume_variant,
)
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.media.models import Media
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from tests.goods.pool import NOW, category, member, operator, product, refused, strangers, supplier

SMALL = NewVariant(
    "CUP-S", 2500, 5000, 3000, {"Size": "S"}, {"尺寸": "小"}, stock=10, barcode="690123", grams=220, low_at=3
)
LARGE = NewVariant("CUP-L", 3500, 7000, 4000, {"Size": "L"}, stock=0)


def make(of: Supplier, actor: Actor, **given: Any) -> Product:
    new = NewProduct(**{"category_id": category().id, "title": "Celadon cup", "variants": (SMALL, LARGE), **given})
    return create_product(actor=actor, now=NOW, supplier_id=of.id, new=new)


def attributes(of: Category) -> None:
    CategoryAttribute.objects.create(category=of, code="material", name="Material", name_zh="材质", required=True)
    CategoryAttribute.objects.create(category=of, code="weight", name="Weight", name_zh="重量", kind="number", unit="g")


@pytest.mark.django_db
def test_a_product_is_made_with_its_variants_and_handed_in() -> None:
    kiln = supplier()
    own = member(kiln)
    row = make(kiln, own, title_zh="青瓷杯", body="Thrown by hand.\nFired twice.")
    assert (row.state, row.handle, row.option_names) == ("draft", "celadon-cup", ["Size"])
    assert [(s.code, s.price_minor, s.barcode, s.grams, s.low_at, s.stock.received) for s in row.skus.order_by("position")] == [
        ("CUP-S", 5000, "690123", 220, 3, 10), ("CUP-L", 7000, "", None, None, 0),
    ]  # fmt: skip
    assert submit_product(actor=own, now=NOW, product_id=row.id).state == "screening"
    assert make(kiln, own, variants=()).handle.startswith("celadon-cup-")
    assert {e.kind for e in Event.objects.all()} == {"product.made", "sku.made", "product.submitted"}


@pytest.mark.django_db
def test_what_cannot_be_made_leaves_nothing() -> None:
    kiln = supplier()
    own = member(kiln)
    make(kiln, own, handle="cup")
    refused(HandleTaken, lambda: make(kiln, own, handle="cup"))
    assert refused(Invalid, lambda: make(kiln, own, title=" ")).params["fields"] == {"title": "This is needed."}
    refused(VariantTaken, lambda: make(kiln, own, variants=(SMALL, SMALL)))
    refused(BandRefused, lambda: make(kiln, own, variants=(NewVariant("X", 100, 301, 100),)))
    refused(NotFound, lambda: make(kiln, own, category_id=kiln.id))
    shut = supplier("Shut", "suspended")
    closed = member(shut)
    refused(SupplierClosed, lambda: make(shut, closed))
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: make(kiln, actor))


@pytest.mark.django_db
def test_attributes_are_those_of_the_category() -> None:
    kiln, home = supplier(), category()
    own = member(kiln)
    bare = make(kiln, own)
    attributes(home)
    assert refused(AttributesMissing, lambda: submit_product(actor=own, now=NOW, product_id=bare.id)).params == {
        "codes": "material"
    }
    row = make(kiln, own, attributes={"material": " Clay ", "weight": "0.75"})
    assert row.attributes == {"material": "Clay", "weight": "0.75"}
    faults = refused(Invalid, lambda: make(kiln, own, attributes={"weight": "heavy", "taste": "sweet"})).params[
        "fields"
    ]
    assert set(faults) == {"attributes.material", "attributes.weight", "attributes.taste"}
    tea = category("tea")
    CategoryAttribute.objects.create(category=tea, code="material", name="Leaf", name_zh="茶叶")
    moved = change_product(actor=own, now=NOW, product_id=row.id, category_id=tea.id)
    assert (moved.category, moved.attributes) == (tea, {"material": "Clay"})
    submit_product(actor=own, now=NOW, product_id=row.id)
    refused(WrongProductState, lambda: change_product(actor=own, now=NOW, product_id=row.id, category_id=home.id))


def test_what_an_attribute_takes() -> None:
    asked = [
        Asked("fit", "choice", choices=[["s", "Small", "小"], ["l", "Large", "大"]]),
        Asked("grams", "number"),
        Asked("note", "text", required=True),
    ]
    assert checked_attributes(asked, {"fit": "s", "grams": "250", "note": "x"}) == (
        {"fit": "s", "grams": "250", "note": "x"}, {},
    )  # fmt: skip
    for wrong in ("1.23456", "-1", "1e3", "01", "NaN", "٣"):
        assert set(checked_attributes(asked, {"grams": wrong, "note": "x"})[1]) == {"grams"}
    assert set(checked_attributes(asked, {"fit": "m", "note": "a\x00"})[1]) == {"fit", "note"}
    assert missing_attributes(asked, {"grams": "1"}) == ["note"]


@pytest.mark.django_db
def test_every_change_is_kept_with_who_and_from_what_to_what() -> None:
    kiln = supplier()
    row, own = product(kiln), member(kiln)
    sku = row.skus.get()
    who: dict[str, Any] = {"actor": own, "now": NOW}
    change_product(**who, product_id=row.id, title="Great mug", hand_over_hours=24)
    change_product(**who, product_id=row.id, title="Great mug")
    set_prices(**who, sku_id=sku.id, supply_minor=2500, floor_minor=3000, price_minor=5200, via="api")
    change_stock(**who, sku_id=sku.id, quantity_delta=5, reason="more")
    set_sale_terms(**who, product_id=row.id, commission_bps=1500, margin_allowed=True)
    set_exclusions(**who, product_id=row.id, channels=["live"], regions=["Tibet", " Tibet ", ""])
    change_variant(**who, sku_id=sku.id, grams=300)
    kept = ProductChange.objects.order_by("id").values_list("kind", "field", "before", "after", "via")
    assert list(kept) == [
        ("text", "title", "mug", "Great mug", "form"),
        ("terms", "hand_over_hours", None, 24, "form"),
        ("price", "price_minor", 5000, 5200, "api"),
        ("stock", "available", 10, 15, "form"),
        ("terms", "commission_bps", 1000, 1500, "form"),
        ("terms", "excluded_channels", [], ["live"], "form"),
        ("terms", "excluded_regions", [], ["Tibet"], "form"),
        ("terms", "grams", None, 300, "form"),
    ]
    assert set(ProductChange.objects.values_list("by_id", flat=True)) == {own.person_id}
    refused(Invalid, lambda: set_exclusions(**who, product_id=row.id, channels=["moon"], regions=[]))
    refused(
        Invalid,
        lambda: set_exclusions(**who, product_id=row.id, channels=["shop", "live", "app", "store"], regions=[]),
    )
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: change_product(actor=actor, now=NOW, product_id=row.id, title="x"))
        refused(kind, lambda actor=stranger: change_variant(actor=actor, now=NOW, sku_id=sku.id, grams=1))
        refused(
            kind,
            lambda actor=stranger: set_exclusions(actor=actor, now=NOW, product_id=row.id, channels=[], regions=[]),
        )


@pytest.mark.django_db
def test_variants_come_and_go() -> None:
    kiln = supplier()
    row, own = product(kiln), member(kiln)
    first = row.skus.get()

    def add(new: NewVariant, actor: Actor = own) -> Sku:
        return add_variant(actor=actor, now=NOW, product_id=row.id, new=new)

    def end(sku: Sku, actor: Actor = own) -> Sku:
        return end_variant(actor=actor, now=NOW, sku_id=sku.id)

    refused(LastVariant, lambda: end(first))
    cheap = add(NewVariant("CHEAP", 2500, 5500, 3000, {"Size": "S"}))
    row.refresh_from_db()
    assert (row.state, row.option_names, cheap.screened_price_minor, cheap.position) == ("approved", ["Size"], 5000, 1)
    assert end(first).active is False
    end(first)
    assert Event.objects.filter(kind="sku.ended").count() == 1
    refused(VariantTaken, lambda: add(NewVariant("CHEAP", 2500, 5500, 3000)))
    assert resume_variant(actor=own, now=NOW, sku_id=first.id).active is True
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: end(cheap, actor))
        refused(kind, lambda actor=stranger: add(LARGE, actor))
    add(NewVariant("DEAR", 2500, 5501, 3000))  # above 50.00 and a tenth: what came unseen since does not count
    row.refresh_from_db()
    assert row.state == "screening"
    assert Stock.objects.filter(sku__product=row).count() == 3


@pytest.mark.django_db
def test_other_pictures_by_hand_are_screened_again_as_those_of_a_file() -> None:
    kiln = supplier()
    row, own = product(kiln), member(kiln)
    medias = [
        Media.objects.create(
            owner_id=own.person_id, kind="picture", visibility="public", sha256=f"{n:064x}", bytes_size=1,
            content_type="image/webp", original_name="f", created_at=NOW,
        )
        for n in range(2)
    ]  # fmt: skip

    def state(do: Callable[[], object]) -> str:
        Product.objects.update(state="approved")
        do()
        return str(Product.objects.get().state)

    who = {"actor": own, "now": NOW, "product_id": row.id}
    states = [state(lambda one=one: add_picture(**who, media_id=one.id)) for one in medias]
    first, second = ProductPicture.objects.order_by("position")
    states.append(state(lambda: add_picture(**who, media_id=medias[0].id)))
    states.append(state(lambda: order_pictures(**who, picture_ids=[second.id, first.id])))
    states.append(state(lambda: remove_picture(**who, picture_id=first.id)))
    assert states == ["screening", "screening", "approved", "approved", "screening"]
    assert Event.objects.filter(kind="product.submitted").count() == 3


@pytest.mark.django_db
def test_operators_alone_make_categories() -> None:
    op, own = operator(), member(supplier())
    given: dict[str, Any] = {"slug": "tea", "name": "Tea", "name_zh": "茶"}

    def make_one(actor: Actor = op, **more: Any) -> Category:
        return make_category(actor=actor, now=NOW, **(given | more))

    tea = make_one(cap_multiple_bps=25_000)
    refused(CategoryTaken, make_one)
    refused(Forbidden, lambda: make_one(own, slug="b"))
    for wrong in ({"slug": "Big Tea"}, {"slug": "x", "name_zh": ""}, {"slug": "x", "cap_multiple_bps": 9999}):
        refused(Invalid, lambda wrong=wrong: make_one(**wrong))
    assert (
        edit_category(actor=op, now=NOW, category_id=tea.id, withdrawal_days=0, deposit_minor=100_000).deposit_minor
        == 100_000
    )
    assert Event.objects.get(kind="category.changed").data["after"] == {"withdrawal_days": 0, "deposit_minor": 100_000}

    def put(actor: Actor = op, **more: Any) -> CategoryAttribute:
        return put_attribute(
            actor=actor, now=NOW, category_id=tea.id, **({"code": "leaf", "name": "Leaf", "name_zh": "叶"} | more)
        )

    put(kind="number", unit="g")
    changed = put(kind="choice", unit="g", choices=[["g", "Green", "绿"], ["b", "Black", "红"]])
    assert (CategoryAttribute.objects.count(), changed.unit, changed.choices[0]) == (1, "", ["g", "Green", "绿"])
    bad: tuple[dict[str, Any], ...] = (
        {"kind": "colour"}, {"kind": "choice"}, {"kind": "choice", "choices": [["a", "A", "甲"], ["a", "B", "乙"]]},
        {"code": "Leaf!"},
    )  # fmt: skip
    for wrong in bad:
        refused(Invalid, lambda wrong=wrong: put(**wrong))
    refused(Forbidden, lambda: put(own))
    refused(Forbidden, lambda: drop_attribute(actor=own, now=NOW, category_id=tea.id, code="leaf"))
    drop_attribute(actor=op, now=NOW, category_id=tea.id, code="leaf")
    refused(NotFound, lambda: drop_attribute(actor=op, now=NOW, category_id=tea.id, code="leaf"))
