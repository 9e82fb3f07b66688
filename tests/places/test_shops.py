"""Shops and picks: opened, changed, quoted, picked, recalled; by their own people only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event as Signal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from renmai.goods.products.models import Product
from renmai.goods.recalls.actions import recall_product
from renmai.kit.access import ANONYMOUS, SYSTEM, Actor, Grant
from renmai.kit.events.actions import Happened, declared, on_within
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media
from renmai.kit.problems import Invalid, NotFound, SignInNeeded
from renmai.money.splits.fees import Fee
from renmai.people.accounts.models import Membership
from renmai.people.standing.actions import set_term
from renmai.places.shops.actions import (
    BadHandle,
    HandleTaken,
    NotAPublicPicture,
    NotInPool,
    PickedAlready,
    PickRefused,
    TermNotOffered,
    change_pick,
    change_shop,
    open_shop,
    pick_product,
    remove_pick,
    remove_picks_of_products,
)
from renmai.places.shops.models import Pick, PickPrice, Shop
from renmai.places.shops.queries import (
    access_pick_page,
    access_shop,
    handle_taken,
    list_fullest_shops,
    list_own_shops,
    list_shop_picks,
    list_shops,
    quote_pick,
)
from renmai.places.shops.rules import Band, earnings_minor, handle_fault, least_price
from tests.goods.pool import NOW, operator, person, product, refused, shop, strangers, supplier

db = pytest.mark.django_db


def start(actor: Actor, handle: str = "lin-tea", **fields: Any) -> Shop:
    return open_shop(actor=actor, now=NOW, handle=handle, **({"name": "Lin"} | fields))


@db
def test_a_shop_is_opened_in_one_step() -> None:
    actor = person("lin")
    made = start(actor, " Lin-Tea ", words="Tea I drink.")
    assert (made.handle, made.words, made.open) == ("lin-tea", "Tea I drink.", True)
    assert Membership.objects.get(person_id=actor.person_id, role="creator").subject_id == made.id
    assert access_shop("LIN-TEA") == made
    assert (handle_taken("lin-tea"), handle_taken("lin")) == (True, False)
    assert list_own_shops(Actor(actor.person_id, frozenset({Grant("creator", made.id)}))) == [made]
    mei = person("mei")
    refused(HandleTaken, lambda: start(mei))
    refused(SignInNeeded, lambda: start(ANONYMOUS, "other"))
    for handle in ("ab", "-ab", "ab-", "a b", "a_b", "x" * 31, "林", "admin", "Checkout", ""):
        refused(BadHandle, lambda handle=handle: start(actor, handle))
    refused(Invalid, lambda: start(actor, "other", name=""))
    refused(Invalid, lambda: start(actor, "other", words="x" * 401))


def face(owner: Actor, kind: str, visibility: str) -> UUID:
    return Media.objects.create(
        owner_id=owner.person_id, kind=kind, visibility=visibility, sha256=f"{new_id().int:064x}", bytes_size=1,
        content_type="image/webp", original_name="f", created_at=NOW,
    ).id  # fmt: skip


@db
def test_a_face_is_a_public_picture() -> None:
    actor = person("lin")
    document, picture = face(actor, "document", "private"), face(actor, "picture", "public")
    refused(NotAPublicPicture, lambda: start(actor, face_id=document))
    refused(NotFound, lambda: start(actor, face_id=new_id()))
    assert start(actor, face_id=picture).face_id == picture


@db
def test_a_shop_is_changed_by_its_own_people() -> None:
    row, own = shop("lin")
    assert change_shop(actor=own, now=NOW, shop_id=row.id, words="New.", open=False).open is False
    change_shop(actor=own, now=NOW, shop_id=row.id, words="New.")
    assert [e.data for e in Event.objects.filter(kind="shop.changed")] == [{"fields": ["open", "words"]}]
    with pytest.raises(NotFound):
        access_shop("lin")
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: change_shop(actor=actor, now=NOW, shop_id=row.id, words="x"))


@db
def test_a_quote_says_what_each_sale_earns() -> None:
    row = product(supplier(), bands=((2500, 2500, 5000), (1000, 1100, 2000)), commission_bps=1500)
    first, _ = row.skus.order_by("position")
    _, own = shop("lin")
    margin = quote_pick(own, row.id, "margin", {first.id: 6000}, now=NOW)
    assert [
        (q.price_minor, q.earns_minor, q.multiple_bps, q.least_minor, q.most_minor, q.fault) for q in margin.quotes
    ] == [
        (6000, 6000 - 300 - 2500, 24000, 2631, 7500, None),
        (2000, 2000 - 100 - 1000, 20000, 1100, 3000, None),
    ]
    commission = quote_pick(own, row.id, "commission", {first.id: 6000}, now=NOW)
    assert [(q.price_minor, q.earns_minor) for q in commission.quotes] == [(5000, 750), (2000, 300)]
    assert commission.offered and margin.offered and margin.fee_bps == 500
    assert not quote_pick(own, row.id, "gift", now=NOW).offered
    set_term(
        actor=SYSTEM, now=NOW, term="platform_fee_bps", value=1000, reason="x", subject_id=own.subjects("creator")[0]
    )
    assert (
        quote_pick(own, row.id, "margin", now=NOW, shop_id=own.subjects("creator")[0]).quotes[0].earns_minor
        == 5000 - 500 - 2500
    )
    with pytest.raises(NotFound):
        quote_pick(person("buyer"), row.id, "margin", now=NOW)


def pick(actor: Actor, shop_id: UUID, row: Product, term: str = "margin", **fields: Any) -> Pick:
    return pick_product(
        actor=actor, now=NOW, shop_id=shop_id, product_id=row.id, term=term, **({"word": "I use it daily."} | fields)
    )


@db
def test_a_pick_on_margin_terms_carries_its_prices() -> None:
    row = product(supplier(), bands=((2500, 3000, 5000), (1000, 1100, 2000)))
    first, second = row.skus.order_by("position")
    place, own = shop("lin")
    made = pick(own, place.id, row, prices={first.id: 7500})
    assert dict(made.prices.values_list("sku_id", "price_minor")) == {first.id: 7500, second.id: 2000}
    assert (made.term, made.commission_bps) == ("margin", None)
    again = refused(PickedAlready, lambda: pick(own, place.id, row))
    assert again.params == {"pick_id": made.id}
    other, other_own = shop("mei")
    assert pick(other_own, other.id, row).shop_id == other.id
    assert Event.objects.filter(kind="pick.made").count() == 2


@db
def test_prices_outside_the_range_are_refused_exactly() -> None:
    row = product(supplier(), bands=((2500, 2500, 5000), (3333, 4000, 9000)))
    first, second = row.skus.order_by("position")
    place, own = shop("lin")

    def lines(prices: dict[UUID, int], term: str = "margin") -> list[dict[str, Any]]:
        refusal = refused(PickRefused, lambda: pick(own, place.id, row, term, prices=prices))
        found: list[dict[str, Any]] = refusal.params["lines"]
        return found

    assert lines({first.id: 7501}) == [
        {"sku_id": first.id, "code": "above_cap", "price_minor": 7501, "least_minor": 2631, "most_minor": 7500}
    ]
    assert lines({second.id: 3999})[0]["code"] == "below_floor"
    assert lines({second.id: 10000})[0] | {"code": "above_cap"} == {
        "sku_id": second.id, "code": "above_cap", "price_minor": 10000, "least_minor": 4000, "most_minor": 9999,
    }  # fmt: skip
    assert lines({first.id: 2630})[0]["code"] == "below_cost"
    stray = new_id()
    assert lines({stray: 5000}) == [{"sku_id": stray, "code": "unknown_sku"}]
    assert lines({first.id: 5000}, "commission") == [{"sku_id": first.id, "code": "price_is_fixed"}]
    pick(own, place.id, row, prices={first.id: 2631, second.id: 9999})


@db
def test_a_pick_on_commission_keeps_its_rate() -> None:
    row = product(supplier(), commission_bps=1500)
    place, own = shop("lin")
    made = pick(own, place.id, row, "commission")
    Product.objects.update(commission_bps=500)
    made.refresh_from_db()
    assert (made.commission_bps, PickPrice.objects.count()) == (1500, 0)


@db
def test_what_may_not_be_picked() -> None:
    kiln = supplier()
    waiting, good = product(kiln, "waiting", state="screening"), product(kiln, "good", commission_bps=None)
    generous = product(kiln, "generous", commission_bps=9000)
    Product.objects.filter(id=generous.id).update(margin_allowed=False, commission_bps=9000)
    hidden = product(supplier("Out", "suspended"), "hidden")
    place, own = shop("lin")
    refused(NotInPool, lambda: pick(own, place.id, waiting))
    refused(NotFound, lambda: pick(own, place.id, hidden))
    refused(TermNotOffered, lambda: pick(own, place.id, good, "commission"))
    refused(TermNotOffered, lambda: pick(own, place.id, generous, "margin"))
    refused(TermNotOffered, lambda: pick(own, place.id, good, "gift"))
    refused(Invalid, lambda: pick(own, place.id, good, word="  "))
    refused(Invalid, lambda: pick(own, place.id, good, word="x" * 401))
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: pick(actor, place.id, good))
    assert pick(own, place.id, generous, "commission").commission_bps == 9000


@db
def test_a_pick_is_changed_and_removed_by_its_own_people() -> None:
    row = product(supplier(), bands=((2500, 3000, 5000), (1000, 1100, 2000)), commission_bps=1500)
    first, second = row.skus.order_by("position")
    place, own = shop("lin")
    made = pick(own, place.id, row, prices={first.id: 6000})
    change_pick(actor=own, now=NOW, pick_id=made.id, word="Better.", prices={second.id: 2100})
    assert dict(made.prices.values_list("sku_id", "price_minor")) == {first.id: 6000, second.id: 2100}
    refused(PickRefused, lambda: change_pick(actor=own, now=NOW, pick_id=made.id, prices={first.id: 7501}))
    changed = change_pick(actor=own, now=NOW, pick_id=made.id, term="commission")
    assert (changed.commission_bps, changed.word, made.prices.count()) == (1500, "Better.", 0)
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda actor=stranger: change_pick(actor=actor, now=NOW, pick_id=made.id, word="x"))
        refused(kind, lambda actor=stranger: remove_pick(actor=actor, now=NOW, pick_id=made.id))
    remove_pick(actor=own, now=NOW, pick_id=made.id)
    remove_pick(actor=own, now=NOW, pick_id=made.id)
    assert Event.objects.filter(kind="pick.removed").count() == 1
    refused(NotFound, lambda: change_pick(actor=own, now=NOW, pick_id=made.id, word="x"))
    assert pick(own, place.id, row).id != made.id


@db
def test_a_recall_reaches_every_shop_at_once() -> None:
    row, kept = product(supplier(), "bad"), product(supplier(), "kept")
    picks = []
    for handle in ("lin", "mei", "bo"):
        place, own = shop(handle)
        picks.append(pick(own, place.id, row))
        pick(own, place.id, kept)
    with connection.cursor() as cursor:
        remove_picks_of_products(cursor, [Happened("product.recalled", row.id, NOW)])
    assert {p.removed_why for p in Pick.objects.filter(product_id=row.id)} == {"recalled"}
    assert Pick.objects.filter(removed_at=None).count() == 3
    assert set(Event.objects.filter(kind="pick.removed").values_list("subject_id", flat=True)) == {p.id for p in picks}


def test_a_recall_waits_for_a_pick_under_way_and_then_ends_it(house: None) -> None:
    if not any("remove_picks" in name for name in declared().get("product.recalled", [])):
        on_within("product.recalled", remove_picks_of_products)
    row, op = product(supplier()), operator()
    place, own = shop("lin")
    picked, go_on = Signal(), Signal()

    def pick_slowly() -> None:
        with transaction.atomic():
            pick(own, place.id, row)
            picked.set()
            go_on.wait(10)
        connection.close()

    def recall() -> None:
        picked.wait(10)
        recall_product(actor=op, now=NOW, product_id=row.id, reason="x")
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        slow, quick = pool.submit(pick_slowly), pool.submit(recall)
        picked.wait(10)
        assert not wait([quick], timeout=0.3).done
        go_on.set()
        slow.result(10)
        quick.result(10)
    assert Pick.objects.get().removed_why == "recalled"
    refused(NotInPool, lambda: pick(own, place.id, row))


@db
@pytest.mark.parametrize("count", [1, 20])
def test_pages_take_a_fixed_number_of_statements(django_assert_num_queries: Any, count: int) -> None:
    kiln = supplier()
    place, own = shop("lin")
    for n in range(count):
        pick(own, place.id, product(kiln, f"p{n}"))
        if n:
            shop(f"shop-{n}")
    with django_assert_num_queries(1):
        shown = list_shop_picks(place.id)
    with django_assert_num_queries(1):
        assert len(list_shops()) == count
    with django_assert_num_queries(1):
        assert list_fullest_shops()[0]["handle"] == "lin"
    with django_assert_num_queries(3):
        access_pick_page(shown[0]["id"])
    assert len(shown) == count


@db
def test_the_public_pages_show_person_price_and_multiple() -> None:
    row = product(supplier(), bands=((2500, 3000, 5000), (1000, 1100, 2000)), stock=4)
    first, _ = row.skus.order_by("position")
    place, own = shop("lin")
    made = pick(own, place.id, row, prices={first.id: 7500})
    (shown,) = list_shop_picks(place.id)
    assert {key: shown[key] for key in ("word", "price_from_minor", "multiple_bps", "left", "sold_now")} == {
        "word": "I use it daily.", "price_from_minor": 2000, "multiple_bps": 30000, "left": 8, "sold_now": True,
    }  # fmt: skip
    page = access_pick_page(made.id)
    assert (page["shop_handle"], page["word"]) == ("lin", "I use it daily.")
    assert [(s["price_minor"], s["multiple_bps"], s["left"]) for s in page["skus"]] == [
        (7500, 30000, 4),
        (2000, 20000, 4),
    ]
    Product.objects.update(state="screening")
    assert list_shop_picks(place.id) == []
    assert [p["sold_now"] for p in list_shop_picks(place.id, also_unsold=True)] == [False]
    with pytest.raises(NotFound):
        access_pick_page(made.id)


@db
def test_lists_page_without_gaps() -> None:
    places = [shop(f"shop-{n}")[0] for n in range(5)]
    seen: list[UUID] = []
    after = None
    while page := list_shops(after=after, limit=2):
        seen += [row["id"] for row in page]
        after = page[-1]["id"]
    assert seen == [place.id for place in reversed(places)]


@given(st.integers(1, 10**7), st.integers(0, 3000), st.integers(0, 100))
def test_the_least_price_is_exactly_the_first_that_loses_nothing(supply: int, fee: int, above: int) -> None:
    band = Band(supply, supply + above, supply * 3, 30_000)
    least = least_price(band, Fee(fee))

    def rest(price: int) -> int:
        return earnings_minor(term="margin", price_minor=price, supply_minor=supply, fee=Fee(fee), commission_bps=0)

    assert least >= band.floor_minor and rest(least) >= 0
    assert least == band.floor_minor or rest(least - 1) < 0


def test_reserved_handles_have_the_shape_of_handles_or_cannot_be_typed() -> None:
    assert handle_fault("admin") == "reserved"
    assert handle_fault("lin") is None
