"""The creator's console by HTTP: what it says, what it refuses without effect, what it costs."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest

from renmai.goods.products.models import Product, Sku, Stock
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.matching.feed.models import ListOrder
from renmai.matching.search.actions import refresh_all
from renmai.money.payouts.models import Payout
from renmai.places.shops.models import Pick, PickPrice, Shop
from renmai.trade.orders.models import Order, OrderLine, Refund
from tests.web.desk_world import Consoles, a_picture, hidden, key, make_consoles, paid_order, statements, words_of
from tests.web.operator_world import deliver, settle, waiting_product

SHOP = {"handle": "a-mei", "name": "阿梅", "words": "只推荐我用过的。"}


@pytest.fixture
def house_of(house: None) -> Consoles:
    return make_consoles()


def in_pool(consoles: Consoles) -> tuple[Product, Sku]:
    """A product of the pool that no shop has: supply 25.00, floor 30.00, price 60.00, cap 3.0, commission 15 %."""
    product = waiting_product(consoles.world, clock.now())
    Product.objects.filter(id=product.id).update(state="approved", approved_at=clock.now())
    refresh_all(now=clock.now())
    return product, Sku.objects.get(product=product)


def test_whoever_has_no_shop_is_invited_and_strangers_sign_in(house_of: Consoles, client) -> None:
    assert client.get("/creator")["Location"] == "/sign-in?next=%2Fcreator"
    page = house_of.nobody.get("/creator")
    assert page.status_code == 200
    assert "Open your shop" in words_of(page)
    assert house_of.nobody.get("/creator/pool").status_code == 404


def test_a_shop_opens_once_however_often_the_form_is_sent(house_of: Consoles) -> None:
    form = SHOP | {"key": key(), "picture": a_picture()}
    assert house_of.nobody.post("/creator", form)["Location"] == "/creator"
    again = house_of.nobody.post("/creator", SHOP | {"key": form["key"], "picture": a_picture()})
    assert again.status_code in {302, 422}
    shop = Shop.objects.get(handle="a-mei")
    assert (shop.name, shop.words) == ("阿梅", "只推荐我用过的。")
    assert shop.face_id is not None
    assert Shop.objects.filter(owner_id=shop.owner_id).count() == 1
    assert "The way to your first sale" in words_of(house_of.nobody.get("/creator"))


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        ("lin", "The address lin is taken."),
        ("operator", "must not be a word of the house"),
        ("-x-", "must not be a word of the house"),
    ],
)
def test_a_refused_handle_loses_nothing_that_was_entered(house_of: Consoles, handle: str, words: str) -> None:
    page = house_of.nobody.post("/creator", SHOP | {"handle": handle, "key": key(), "picture": a_picture()})
    assert page.status_code == 422
    assert words in words_of(page)
    assert "只推荐我用过的。" in words_of(page)
    (face,) = hidden(page, "face")
    assert Shop.objects.count() == 2
    second = house_of.nobody.post("/creator", SHOP | {"face": face, "key": key()})
    assert second.status_code == 302
    assert Shop.objects.get(handle="a-mei").face_id == UUID(face)


def test_a_file_that_is_no_picture_is_named_beside_its_field(house_of: Consoles) -> None:
    file = io.BytesIO(b"not a picture")
    file.name = "x.png"
    page = house_of.nobody.post("/creator", SHOP | {"key": key(), "picture": file})
    assert page.status_code == 422
    assert "This is not a whole JPEG, PNG, WebP or GIF picture." in words_of(page)
    assert Shop.objects.count() == 2


def test_the_live_check_of_a_handle(house_of: Consoles) -> None:
    def said(handle: str) -> str:
        return words_of(house_of.nobody.get("/creator/handle", {"handle": handle}))

    assert said("a-mei") == "@a-mei is free."
    assert said("@LIN") == "@lin is taken."
    assert said("cart") == "This word is kept for the house."
    assert said("a_b_c") == "Only small letters, digits and hyphens."
    assert said("a") == ""


def test_the_pool_says_what_a_sale_earns(house_of: Consoles) -> None:
    page = words_of(house_of.creator.get("/creator/pool"))
    assert "mug Kiln ¥ 50 .00 2.0x supply price Supply ¥25.00 100 left within 48 h" in page
    assert "Not rated yet 0 sold 1 shop Sample to be had At the suggested price +¥22.50" in page
    assert "Commission 20% +¥17.60" in page
    assert "In your shop" in page
    empty = words_of(house_of.creator.get("/creator/pool?q=no-such"))
    assert "Nothing fits all of that" in empty


def test_the_pool_goes_on_by_cursor_and_costs_the_same(house_of: Consoles) -> None:
    house_of.creator.get("/creator/pool")
    few = statements(house_of.creator, "/creator/pool")
    for number in range(40):
        product = waiting_product(house_of.world, clock.now(), handle=f"bowl-{number}")
        at = clock.now() + timedelta(seconds=number)
        Product.objects.filter(id=product.id).update(
            state="approved", approved_at=at, title=f"Bowl {number}", title_zh=""
        )
    refresh_all(now=clock.now())
    ListOrder.objects.all().delete()
    house_of.creator.get("/creator/pool")
    assert statements(house_of.creator, "/creator/pool") == few
    first = house_of.creator.get("/creator/pool")
    cursor = first.context["found"].next_cursor
    second = house_of.creator.get("/creator/pool", {"cursor": cursor})
    shown = [row["id"] for page in (first, second) for row in page.context["rows"]]
    assert (len(shown), len(set(shown))) == (43, 43)
    assert second.context["found"].next_cursor is None
    assert house_of.creator.get("/creator/pool?cursor=nonsense").status_code == 422


def test_earnings_of_both_terms_stand_there_before_picking(house_of: Consoles) -> None:
    product, _ = in_pool(house_of)
    page = words_of(house_of.creator.get(f"/creator/pool/{product.id}"))
    assert "¥30.00 to ¥75.00 · supply ¥25.00 · 40 left" in page
    assert "+¥32.00 a sale, at 2.4x" in page
    assert "Commission 15%" in page
    assert "+¥9.00 a sale, at 2.4x" in page


def test_calculate_without_scripts_and_the_live_quote_say_the_same(house_of: Consoles) -> None:
    product, sku = in_pool(house_of)
    form = {"term": "margin", f"price_{sku.id}": "50", "word": "", "do": "calculate", "key": key()}
    page = house_of.creator.post(f"/creator/pool/{product.id}", form)
    assert page.status_code == 200
    assert "+¥22.50 a sale, at 2.0x" in words_of(page)
    assert 'value="50"' in page.content.decode()
    quote = house_of.creator.post(f"/creator/pool/{product.id}/quote", form)
    assert words_of(quote) == "+¥22.50 a sale, at 2.0x"
    above = house_of.creator.post(f"/creator/pool/{product.id}/quote", form | {f"price_{sku.id}": "75.01"})
    assert "Above the highest price." in words_of(above)
    assert Pick.objects.filter(product_id=product.id).count() == 0


@pytest.mark.parametrize(
    ("price", "word", "said"),
    [
        ("75.01", "Good.", "Above the highest price."),
        ("29.99", "Good.", "Below the supplier's lowest price."),
        ("five", "Good.", "Enter an amount such as 12.50."),
        ("50", "", "This field is required."),
    ],
)
def test_a_pick_that_may_not_stand_is_refused_with_its_words(
    house_of: Consoles, price: str, word: str, said: str
) -> None:
    product, sku = in_pool(house_of)
    form = {"term": "margin", f"price_{sku.id}": price, "word": word, "word_zh": "好碗。", "key": key()}
    page = house_of.creator.post(f"/creator/pool/{product.id}", form)
    assert page.status_code == 422
    assert said in words_of(page)
    assert "好碗。" in words_of(page)
    assert f'value="{price}"' in page.content.decode()
    assert Pick.objects.filter(product_id=product.id).count() == 0


def test_a_pick_on_margin_is_made_once_and_changed_and_taken_out(house_of: Consoles) -> None:
    product, sku = in_pool(house_of)
    form = {"term": "margin", f"price_{sku.id}": "55.50", "word": "Heavy and quiet.", "key": key()}
    for _ in range(2):
        assert house_of.creator.post(f"/creator/pool/{product.id}", form)["Location"] == "/creator/picks"
    pick = Pick.objects.get(product_id=product.id)
    assert list(PickPrice.objects.filter(pick=pick).values_list("price_minor", flat=True)) == [5550]
    assert "This product is in your shop." in words_of(house_of.creator.get(f"/creator/pool/{product.id}"))
    change = {"term": "commission", "word": "Heavy.", f"price_{sku.id}": "x", "key": key()}
    assert house_of.creator.post(f"/creator/picks/{pick.id}", change)["Location"] == "/creator/picks"
    pick.refresh_from_db()
    assert (pick.term, pick.commission_bps, pick.word) == ("commission", 1500, "Heavy.")
    for _ in range(2):
        assert house_of.creator.post(f"/creator/picks/{pick.id}/removal", {"key": key()}).status_code == 302
    pick.refresh_from_db()
    assert pick.removed_why == "creator"
    assert house_of.creator.get(f"/creator/picks/{pick.id}").status_code == 404


def test_another_creators_pick_shop_and_order_are_not_there(house_of: Consoles) -> None:
    soap = house_of.world.picks["soap"]
    order = paid_order(house_of.world, "other-0001", soap=1)
    other = house_of.world.shops[1].id
    assert house_of.creator.get(f"/creator/picks/{soap.id}").status_code == 404
    house_of.creator.post(f"/creator/picks/{soap.id}/removal", {"key": key()})
    soap.refresh_from_db()
    assert soap.removed_at is None
    assert house_of.creator.get(f"/creator?shop={other}").status_code == 404
    assert house_of.creator.post("/creator/shop", {"shop": other, "name": "mine now", "key": key()}).status_code == 404
    assert house_of.creator.get(f"/creator/orders/{order.id}").status_code == 404
    assert (
        house_of.creator.post(f"/creator/orders/{order.id}", {"how": "whole", "reason": "x", "key": key()}).status_code
        == 404
    )
    assert Refund.objects.count() == 0


def test_an_order_shows_the_own_part_only_with_base_and_rate(house_of: Consoles) -> None:
    order = paid_order(house_of.world, "order-0001", mug=2, tea=1)
    page = words_of(house_of.creator.get(f"/creator/orders/{order.id}"))
    assert "What is left after fee and supply price is yours: ¥64.00." in page
    assert "Your commission is 20% of ¥88.00: ¥17.60." in page
    assert "You will get ¥81.60" in page
    assert "Estimated" in page
    assert "1 Lake Rd" not in page  # where it goes is the supplier's to know
    assert "5%" not in page


def test_a_refund_in_part_counts_once_and_never_too_much(house_of: Consoles) -> None:
    order = paid_order(house_of.world, "order-0002", mug=2)
    line = OrderLine.objects.get(order=order, kind="goods")
    address = f"/creator/orders/{order.id}"
    form = {"how": "part", f"amount_{line.id}": "60.00", "reason": "A handle broke.", "key": key()}
    for _ in range(2):
        assert house_of.creator.post(address, form).status_code == 302
    assert [r.amount_minor for r in Refund.objects.all()] == [6000]
    page = words_of(house_of.creator.get(address))
    assert "Refunds took ¥32.00 of it back." in page
    assert "You will get before refunds ¥64.00 ¥32.00" in page
    much = house_of.creator.post(address, form | {f"amount_{line.id}": "60.01", "key": key()})
    assert much.status_code == 422
    assert "At most ¥60.00 can still be refunded on this line." in words_of(much)
    assert "A handle broke." in much.content.decode()
    none = house_of.creator.post(address, {"how": "part", "reason": "x", "key": key()})
    assert "Enter an amount on at least one line." in words_of(none)
    assert Refund.objects.count() == 1
    whole = house_of.creator.post(address, {"how": "whole", "reason": "All of it.", "key": key()})
    assert whole.status_code == 302
    assert Order.objects.get(id=order.id).refunded_minor == order.total_minor


def test_the_statement_readds_and_downloads_and_a_payout_is_asked_for_once(house_of: Consoles) -> None:
    order = paid_order(house_of.world, "order-0003", mug=2, tea=1)
    deliver(house_of.world, order, clock.now())
    settle(clock.now() + timedelta(days=30))
    page = house_of.creator.get("/creator/earnings", {"start": "2026-01-01", "end": "2099-01-01"})
    statement = page.context["statement"]
    bill = statement.bill
    assert bill.closing_minor == 8160 == bill.opening_minor + sum(line.amount_minor for line in statement.lines)
    file = house_of.creator.get("/creator/earnings/statement.csv", {"start": "2026-01-01", "end": "2099-01-01"})
    rows = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    assert [row["entry"] for row in rows] == ["opening", "settle", "settle", "closing"]
    assert sum(float(row["amount"]) for row in rows[1:3]) == 81.60
    much = house_of.creator.post("/creator/earnings", {"which": "payout", "amount": "81.61", "key": key()})
    assert much.status_code == 422
    assert "Only ¥81.60 can be paid out now." in words_of(much)
    form = {"which": "payout", "amount": "50", "key": key()}
    for _ in range(2):
        assert house_of.creator.post("/creator/earnings", form).status_code == 302
    payout = Payout.objects.get()
    assert payout.amount_minor == 5000
    Payout.objects.update(state="failed", reason="The account is closed.")
    shown = words_of(house_of.creator.get("/creator/earnings"))
    assert "The account is closed." in shown
    assert "Ask again" in shown


def test_a_period_that_ends_before_it_begins_is_named(house_of: Consoles) -> None:
    page = house_of.creator.get("/creator/earnings", {"start": "2026-05-02", "end": "2026-05-01"})
    assert "The last day is before the first." in words_of(page)


def test_lists_cost_the_same_however_long_they_are(house_of: Consoles) -> None:
    paid_order(house_of.world, "cost-00001", mug=1)
    few = [statements(house_of.creator, page) for page in ("/creator", "/creator/orders", "/creator/picks")]
    for number in range(6):
        paid_order(house_of.world, f"more-{number:05}", mug=1, tea=2)
        product = waiting_product(house_of.world, clock.now(), handle=f"bowl-{number}")
        Pick.objects.create(
            shop=house_of.world.shops[0], product_id=product.id, term="margin", word="x", created_at=clock.now()
        )
    assert [statements(house_of.creator, page) for page in ("/creator", "/creator/orders", "/creator/picks")] == few


def test_who_has_two_shops_changes_between_them(house_of: Consoles) -> None:
    house_of.creator.post("/creator/open", SHOP | {"key": key()})
    second = Shop.objects.get(handle="a-mei")
    assert "阿梅" in words_of(house_of.creator.get("/creator"))
    assert house_of.creator.get(f"/creator?shop={house_of.world.shops[0].id}").context["shop"].handle == "lin"
    assert house_of.creator.get("/creator").context["shop"].handle == "lin"
    form = {"shop": second.id, "name": "阿梅", "words": "changed", "open": "on", "key": key()}
    assert house_of.creator.post("/creator/shop", form).status_code == 302
    second.refresh_from_db()
    assert second.words == "changed"
    assert Shop.objects.get(handle="lin").words == ""


def test_what_is_no_longer_sold_says_so(house_of: Consoles) -> None:
    mug = house_of.world.picks["mug"]
    Supplier.objects.filter(id=house_of.world.suppliers[0].id).update(state="suspended")
    assert "Not sold now" in words_of(house_of.creator.get("/creator/picks"))
    assert "This product is not sold now" in words_of(house_of.creator.get(f"/creator/picks/{mug.id}"))
    Stock.objects.all().update(received=0)
    assert "Sold out" in words_of(house_of.creator.get("/creator/pool"))


def test_the_console_speaks_chinese(house_of: Consoles) -> None:
    house_of.creator.cookies["renmai_language"] = "zh-hans"
    for page, said in (("/creator", "今日访问"), ("/creator/pool", "选品中心"), ("/creator/earnings", "待结算")):
        assert said in words_of(house_of.creator.get(page))
