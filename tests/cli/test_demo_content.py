"""The demo world's data obeys the rules that the house enforces on everyone."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from renmai.cli.demo.content import (
    BPS,
    BUYERS,
    CATEGORIES,
    CREATORS,
    PLATFORM_FEE_BPS,
    PRODUCTS,
    SUPPLIERS,
    Creator,
    Pick,
    Product,
)
from renmai.cli.demo.draw import KINDS, PALETTES, draw_cover, draw_face, draw_product

CATEGORY = {category.slug: category for category in CATEGORIES}
PRODUCT = {product.key: product for product in PRODUCTS}
ALL_PICKS = [(creator, pick) for creator in CREATORS for pick in creator.picks]
CLAIMS = ("best", "number one", "cures", "heals", "anti-", "最好", "第一名", "最佳", "治疗", "疗效", "养生", "排毒")


def keys_of_picks() -> list[str]:
    return [f"{creator.handle}:{pick.product}" for creator, pick in ALL_PICKS]


def texts(record: object) -> dict[str, str]:
    assert dataclasses.is_dataclass(record)
    pairs = ((field.name, getattr(record, field.name)) for field in dataclasses.fields(record))
    return {name: value for name, value in pairs if isinstance(value, str)}


def has_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


def test_the_world_has_its_size() -> None:
    counts = [len(rows) for rows in (CATEGORIES, SUPPLIERS, PRODUCTS, CREATORS, BUYERS)]
    assert counts == [10, 12, 60, 8, 12]


@pytest.mark.parametrize(
    "keys",
    [
        [row.slug for row in CATEGORIES],
        [row.key for row in SUPPLIERS],
        [row.key for row in PRODUCTS],
        [row.seed for row in PRODUCTS],
        [row.title_en for row in PRODUCTS],
        [row.title_zh for row in PRODUCTS],
        [row.sku(place) for row in PRODUCTS for place in range(len(row.variants))],
        [row.handle for row in CREATORS],
        [row.face_seed for row in CREATORS],
        [row.key for row in BUYERS],
        [row.phone for row in BUYERS],
        keys_of_picks(),
    ],
)
def test_keys_are_unique(keys: list[object]) -> None:
    assert [key for key, count in Counter(keys).items() if count > 1] == []


@pytest.mark.parametrize("record", [*CATEGORIES, *SUPPLIERS, *PRODUCTS, *CREATORS, *(p for _, p in ALL_PICKS)])
def test_both_languages_are_there_and_claim_nothing(record: object) -> None:
    found = texts(record)
    assert all(value.strip() == value and value for value in found.values())
    assert all(name[:-3] + "_zh" in found for name in found if name.endswith("_en"))
    assert all(has_chinese(value) for name, value in found.items() if name.endswith("_zh"))
    assert not any(has_chinese(value) for name, value in found.items() if name.endswith("_en"))
    assert [claim for claim in CLAIMS for value in found.values() if claim in value.lower()] == []


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.key)
def test_price_bands(product: Product) -> None:
    cap_bps = min(CATEGORY[product.category].cap_multiple_bps, 30_000)
    assert 1 <= len(product.variants) <= 4
    for variant in product.variants:
        supply, floor, suggested = (
            variant.supply_price_minor,
            variant.floor_price_minor,
            variant.suggested_price_minor,
        )
        assert floor * 100 >= supply * 108
        assert floor <= suggested
        assert suggested * BPS <= supply * cap_bps
        assert variant.stock > 0
        assert variant.value_en and variant.value_zh
    values = [variant.value_en for variant in product.variants]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.key)
def test_products_name_what_exists_and_can_be_picked(product: Product) -> None:
    assert product.supplier in {supplier.key for supplier in SUPPLIERS}
    assert product.category in CATEGORY
    assert product.margin_allowed or product.commission_bps is not None
    assert product.commission_bps is None or 0 < product.commission_bps <= 9000


@pytest.mark.parametrize("product", [p for p in PRODUCTS if p.commission_bps], ids=lambda product: product.key)
def test_commission_never_eats_into_the_supply_price(product: Product) -> None:
    taken_bps = PLATFORM_FEE_BPS + (product.commission_bps or 0)
    for variant in product.variants:
        kept = variant.suggested_price_minor * (BPS - taken_bps)
        assert kept >= variant.supply_price_minor * BPS


@pytest.mark.parametrize(("creator", "pick"), ALL_PICKS, ids=keys_of_picks())
def test_picks_stay_within_the_band_and_leave_something(creator: Creator, pick: Pick) -> None:
    product = PRODUCT[pick.product]
    cap_bps = CATEGORY[product.category].cap_multiple_bps
    assert (pick.multiple_bps is not None) == (pick.term == "margin")
    assert product.margin_allowed if pick.term == "margin" else product.commission_bps is not None
    for variant in product.variants:
        price, supply = pick.price_minor(variant), variant.supply_price_minor
        exact = supply * (pick.multiple_bps or 0) // BPS or price
        assert all(variant.floor_price_minor <= asked for asked in (price, exact))
        assert all(asked * BPS <= supply * cap_bps for asked in (price, exact))
        assert price * (BPS - PLATFORM_FEE_BPS) > supply * BPS


@pytest.mark.parametrize("creator", CREATORS, ids=lambda creator: creator.handle)
def test_a_creator_has_six_to_ten_picks_on_both_terms(creator: Creator) -> None:
    assert 6 <= len(creator.picks) <= 10
    assert {pick.term for pick in creator.picks} == {"margin", "commission"}


def test_some_goods_are_shared_by_shops_and_every_supplier_is_picked() -> None:
    picked = Counter(pick.product for _, pick in ALL_PICKS)
    assert max(picked.values()) >= 2
    assert {PRODUCT[key].supplier for key in picked} == {supplier.key for supplier in SUPPLIERS}


def test_a_freight_fee_and_a_hand_over_time() -> None:
    assert all(0 <= supplier.freight_minor <= 1500 for supplier in SUPPLIERS)
    assert all(12 <= supplier.handover_hours <= 72 for supplier in SUPPLIERS)


def test_phones_cannot_be_dialled() -> None:
    assert all(len(buyer.phone) == 11 and buyer.phone.startswith("100") for buyer in BUYERS)


def size_of(picture: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(picture)) as image:
        image.load()
        assert image.format == "WEBP"
        return image.size


def test_everything_named_for_drawing_can_be_drawn() -> None:
    assert {product.kind for product in PRODUCTS} == set(KINDS)
    named = [product.palette for product in PRODUCTS] + [creator.palette for creator in CREATORS]
    named += [supplier.palette for supplier in SUPPLIERS]
    named += [variant.palette for product in PRODUCTS for variant in product.variants if variant.palette]
    assert set(named) <= set(PALETTES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_product_picture_is_its_seed(kind: str) -> None:
    first = draw_product(kind, "clay", 7, 160)
    assert size_of(first) == (160, 160)
    assert draw_product(kind, "clay", 7, 160) == first
    assert draw_product(kind, "sky", 7, 160) != first
    assert draw_product(kind, "clay", 8, 160) != first


@pytest.mark.parametrize(
    ("draw", "size"),
    [
        (lambda: draw_product("mug", "mist", 21), (1200, 1200)),
        (lambda: draw_face(1), (800, 800)),
        (lambda: draw_face(3, 64), (64, 64)),
        (lambda: draw_cover(1, "matcha"), (1600, 600)),
    ],
)
def test_pictures_have_their_size_and_repeat(draw: Callable[[], bytes], size: tuple[int, int]) -> None:
    first = draw()
    assert size_of(first) == size
    assert draw() == first


def test_creators_have_faces_of_their_own() -> None:
    faces = {draw_face(creator.face_seed, 96) for creator in CREATORS}
    covers = {draw_cover(creator.cover_seed, creator.palette, 320, 120) for creator in CREATORS}
    assert (len(faces), len(covers)) == (8, 8)


@pytest.mark.parametrize("seed", range(20, 44))
def test_other_seeds_are_other_people(seed: int) -> None:
    assert size_of(draw_face(seed, 64)) == (64, 64)


def test_an_unknown_kind_or_palette_is_refused() -> None:
    for kind, palette in (("spaceship", "clay"), ("mug", "ultraviolet")):
        with pytest.raises(KeyError):
            draw_product(kind, palette, 1, 64)
