"""The operator's pages: who may come, what is found, what a decision does once and twice, and that bad input loses nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.goods.products.models import Category, Product
from renmai.goods.screening.checklists import make_requirement
from renmai.goods.screening.models import Decision
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id, short_number
from renmai.kit.paging import cursor_of
from renmai.kit.problems import Forbidden
from renmai.money.ledger.queries import balances_of
from renmai.money.payments.models import MoneyException, PaymentReturn
from renmai.money.payouts.models import Payout
from renmai.people.accounts.models import Membership, Person
from renmai.people.standing.models import Standing
from renmai.places.shops.models import Pick
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, Refund
from renmai.trade.reports.checks import last_check
from renmai.trade.reports.explorer import list_accounts, list_transfers
from renmai.trade.reports.figures import find_orders, find_payouts, list_days, read_desk_counts
from renmai.trade.reports.numbers import id_tail, id_whole
from tests.trade.world import NOW
from tests.web.operator_world import (
    Desk,
    factor_code,
    make_desk,
    pay,
    place,
    signed_in,
    waiting_product,
    waiting_supplier,
)

KEY = "form-key-000001"
PAGES = [
    "", "/suppliers", "/products", "/orders", "/exceptions", "/payouts", "/ledger", "/terms", "/screening", "/brands",
    "/recalls", "/pallets", "/samples", "/plans", "/categories", "/checklists", "/deposits",
]  # fmt: skip


@pytest.fixture
def pages(house: None, settings: Any) -> None:
    """A house whose pages can be asked for."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def desk(pages: None) -> Desk:
    return make_desk(clock.now())


@pytest.fixture
def client(desk: Desk) -> Client:
    return signed_in(desk.operator)


def confirmed(client: Client) -> Client:
    """The same client after the second factor."""
    answer = client.post("/me/factor?next=/operator", {"code": factor_code(), "next": "/operator"})
    assert answer.status_code == 302
    return client


def queries(client: Client, address: str) -> int:
    """How many statements a page costs."""
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("page", PAGES)
def test_only_operators_come_in(desk: Desk, page: str) -> None:
    anonymous = Client().get(f"/operator{page}")
    assert (anonymous.status_code, anonymous["Location"].split("?")[0]) == (302, "/sign-in")
    person = Person.objects.get(email="lin@example.org")
    Membership.objects.create(person=person, role="creator", subject_id=desk.world.shops[0].id, created_at=NOW)
    assert signed_in(person).get(f"/operator{page}").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_in_both_languages(desk: Desk, client: Client, language: str) -> None:
    client.cookies["renmai_language"] = language
    single = [
        f"/suppliers/{desk.supplier.id}", f"/products/{desk.product.id}", f"/orders/{desk.paid.id}",
        f"/orders/{desk.settled.id}", f"/exceptions/{desk.short.id}", f"/exceptions/{desk.noted.id}",
        f"/payouts/{desk.payout.id}", "/ledger/escrow", "/terms/platform_fee_bps", f"/ledger?q={desk.settled.id}",
    ]  # fmt: skip
    for page in PAGES + single:
        answer = client.get(f"/operator{page}")
        assert answer.status_code == 200, page
        assert f'lang="{language}"' in answer.content.decode(), page


def test_an_empty_house_opens_too(pages: None) -> None:
    person = Person.objects.create(email="op@example.org", created_at=NOW)
    Membership.objects.create(person=person, role="operator", created_at=NOW)
    for page in PAGES:
        assert signed_in(person).get(f"/operator{page}").status_code == 200, page


@pytest.mark.parametrize("page", PAGES)
def test_a_longer_list_costs_no_more_statements(desk: Desk, client: Client, page: str) -> None:
    address = f"/operator{page}"
    before = queries(client, address)
    for number in range(3):
        waiting_supplier(desk.world, NOW, f"Supplier {number}")
        waiting_product(desk.world, NOW, handle=f"bowl-{number}")
        receipt = place(desk.world, f"more-{number:08}", clock.now(), soap=1)
        pay(receipt, receipt.total_minor + 100, clock.now())
        Payout.objects.create(
            payee=f"creator:{desk.world.shops[0].id}", amount_minor=1500, currency="CNY", requested_by_id=new_id(),
            requested_at=clock.now(),
        )  # fmt: skip
    assert queries(client, address) == before


# --- today ------------------------------------------------------------------------------------------------------------


def test_today_counts_what_waits_and_what_lies_in_escrow(desk: Desk) -> None:
    counts = read_desk_counts(desk.world.operator)
    assert (counts.suppliers, counts.products, counts.exceptions, counts.payouts) == (1, 1, 3, 1)
    assert counts.escrow_minor == balances_of(["escrow"])["escrow"] == 2 * 8800 + 3000 + 6000 + 800


def test_days_of_trade_are_whole_and_in_the_zone(desk: Desk) -> None:
    now = clock.now()
    days = list_days(desk.world.operator, now=now, zone="Asia/Shanghai", days=30)
    assert len(days) == 30
    assert sum(day.placed for day in days) == Order.objects.count()
    paid = Order.objects.exclude(paid_at=None)
    assert (sum(day.paid for day in days), sum(day.paid_minor for day in days)) == (
        paid.count(),
        sum(order.total_minor for order in paid),
    )
    assert [day.on for day in days] == [days[0].on + timedelta(days=n) for n in range(30)]


def test_the_books_are_checked_and_the_result_is_kept(desk: Desk, client: Client) -> None:
    assert last_check(desk.world.operator) is None
    assert client.post("/operator/check").status_code == 302
    checked = last_check(desk.world.operator)
    assert checked is not None
    assert (checked.count, checked.violations) == (0, [])
    assert "rules checked, and all of them hold" in client.get("/operator").content.decode()


def test_a_violation_is_shown_in_words(desk: Desk, client: Client) -> None:
    Order.objects.filter(id=desk.paid.id).update(refunded_minor=1)
    client.post("/operator/check")
    page = client.get("/operator").content.decode()
    assert str(desk.paid.id) in page
    assert "what was refunded of an order is the sum of its refunds" in page


# --- screening --------------------------------------------------------------------------------------------------------


def test_a_supplier_is_approved_once_however_often_it_is_sent(desk: Desk, client: Client) -> None:
    sent = {"key": KEY, "verdict": "approved", "reason": "Licence checked."}
    for _ in range(2):
        assert client.post(f"/operator/suppliers/{desk.supplier.id}", sent).status_code == 302
    assert Supplier.objects.get(id=desk.supplier.id).state == "approved"
    assert [d.reason for d in Decision.objects.filter(subject_id=desk.supplier.id)] == ["Licence checked."]
    assert "Licence checked." in client.get(f"/operator/suppliers/{desk.supplier.id}").content.decode()


def test_without_evidence_nothing_is_approved_and_the_reason_stays_in_the_form(desk: Desk, client: Client) -> None:
    bare = Supplier.objects.create(name="Bare", created_at=NOW)
    answer = client.post(
        f"/operator/suppliers/{bare.id}", {"key": KEY, "verdict": "approved", "reason": "Looks <fine>"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "no evidence was handed in" in page
    assert "Looks &lt;fine&gt;" in page
    assert Supplier.objects.get(id=bare.id).state == "applied"
    assert not Decision.objects.exists()


def test_remarks_on_points_stay_when_a_verdict_is_refused(desk: Desk, client: Client) -> None:
    asked = make_requirement(
        actor=desk.world.operator, now=clock.now(), subject="supplier", code="fire", title="Fire", title_zh="防火"
    )
    sent = {"key": KEY, "verdict": "rejected", "reason": " ", f"remark-{asked.id}": "The <scan> ends."}
    answer = client.post(f"/operator/suppliers/{desk.supplier.id}", sent)
    assert answer.status_code == 422
    assert f'name="remark-{asked.id}" value="The &lt;scan&gt; ends."' in answer.content.decode()
    assert not Decision.objects.filter(subject_id=desk.supplier.id).exists()


def test_the_queue_of_screening_goes_on_by_cursor(desk: Desk, client: Client) -> None:
    for number in range(30):
        waiting_supplier(desk.world, NOW + timedelta(minutes=number), f"Supplier {number}")
    first = client.get("/operator/screening")
    rest = client.get("/operator/screening", {"cursor": first.context["next_cursor"]})
    hrefs = [row.href for page in (first, rest) for row in page.context["rows"]]
    assert len(hrefs) == len(set(hrefs)) == Supplier.objects.filter(state="applied").count()
    for odd in ("2026-13-45T00:00:00_x", cursor_of("2026-13-45T00:00:00+00:00", desk.supplier.id), "x"):
        assert client.get("/operator/screening", {"cursor": odd}).status_code == 422


def test_a_field_that_no_database_can_keep_is_refused(desk: Desk, client: Client) -> None:
    category = desk.world.skus["mug"].product.category_id
    for address, sent in (
        (f"/operator/categories/{category}", {"which": "drop", "code": "a\0b"}),
        (f"/operator/products/{desk.product.id}/sources", {"do": "rule", "mode": "a\0b"}),
    ):
        assert client.post(address, sent | {"key": KEY}).status_code == 404, address


def test_a_decision_needs_its_reason(desk: Desk, client: Client) -> None:
    answer = client.post(f"/operator/suppliers/{desk.supplier.id}", {"key": KEY, "verdict": "rejected", "reason": " "})
    assert answer.status_code == 422
    assert Supplier.objects.get(id=desk.supplier.id).state == "applied"


def test_evidence_opens_as_an_attachment(desk: Desk, client: Client) -> None:
    page = client.get(f"/operator/suppliers/{desk.supplier.id}").content.decode()
    address = page.split('class="row" href="/media/')[1].split('"')[0]
    answer = client.get(f"/media/{address}")
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert Client().get(f"/media/{address}").status_code == 404


def test_a_product_is_approved_and_then_recalled_from_every_shop(desk: Desk, client: Client) -> None:
    address = f"/operator/products/{desk.product.id}"
    client.post(address, {"key": KEY, "verdict": "approved", "reason": "Honest price."})
    assert Product.objects.get(id=desk.product.id).state == "approved"
    sold = desk.world.picks["soap"]
    recalled = {"key": "form-key-000002", "reason": "Lead in the glaze."}
    assert client.post(f"/operator/products/{sold.product_id}/recall", recalled).status_code == 302
    assert client.post(f"/operator/products/{sold.product_id}/recall", recalled).status_code == 302  # sent twice
    assert Product.objects.get(id=sold.product_id).state == "recalled"
    assert Pick.objects.get(id=sold.id).removed_why == "recalled"


def test_a_price_above_the_cap_is_named_and_refused(desk: Desk, client: Client) -> None:
    dear = waiting_product(desk.world, NOW, handle="dear", price_minor=9900)
    assert "a price is above the cap" in client.get(f"/operator/products/{dear.id}").content.decode()
    answer = client.post(f"/operator/products/{dear.id}", {"key": KEY, "verdict": "approved", "reason": "All right"})
    assert answer.status_code == 422
    assert Product.objects.get(id=dear.id).state == "screening"


# --- orders -----------------------------------------------------------------------------------------------------------


def test_orders_are_found_by_id_number_and_buyer(desk: Desk) -> None:
    operator = desk.world.operator

    def found(words: str) -> list[object]:
        return [item.order.id for item in find_orders(operator, words=words).items]

    assert found(str(desk.paid.id)) == [desk.paid.id]
    assert found(short_number(desk.paid.id).lower()) == [desk.paid.id]
    assert len(found("Buyer@Example.org")) == Order.objects.count()
    assert found("nobody@example.org") == []
    assert found("' or 1=1 --") == []


def test_short_numbers_are_read_back() -> None:
    for _ in range(200):
        value = new_id()
        assert id_tail(short_number(value)) == str(value)[-16:]
    assert id_tail("buyer@example") is None
    assert id_whole("not an id, but 36 characters long ...") is None


def test_paging_meets_every_order_once(desk: Desk) -> None:
    seen, cursor = [], None
    while True:
        page = find_orders(desk.world.operator, after=cursor, limit=2)
        seen += [item.order.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == list(Order.objects.order_by("-id").values_list("id", flat=True))


def test_an_order_shows_all_of_its_money(desk: Desk, client: Client) -> None:
    page = client.get(f"/operator/orders/{desk.settled.id}").content.decode()
    for text in ("SF144200987311", "Supply price", "Platform fee", "Settlement", "Payment captured", "¥216.00"):
        assert text in page, text


def test_a_part_is_refunded_once(desk: Desk, client: Client) -> None:
    line = desk.paid.lines.filter(kind="goods").order_by("id")[0]
    sent = {"key": KEY, "how": "part", "reason": "Damaged", f"line-{line.id}": "10.00"}
    for _ in range(2):
        assert client.post(f"/operator/orders/{desk.paid.id}", sent).status_code == 302
    assert [refund.amount_minor for refund in Refund.objects.filter(order=desk.paid)] == [1000]


def test_too_much_is_refused_in_words_and_nothing_typed_is_lost(desk: Desk, client: Client) -> None:
    line = desk.paid.lines.filter(kind="goods").order_by("id")[0]
    sent = {"key": KEY, "how": "part", "reason": "Damaged on the way", f"line-{line.id}": "99999.00"}
    answer = client.post(f"/operator/orders/{desk.paid.id}", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "can still be refunded on this line" in page
    assert "Damaged on the way" in page
    assert "99999.00" in page
    assert not Refund.objects.exists()


def test_the_whole_order_is_refunded(desk: Desk, client: Client) -> None:
    client.post(f"/operator/orders/{desk.settled.id}", {"key": KEY, "how": "whole", "reason": "Recalled"})
    order = Order.objects.get(id=desk.settled.id)
    assert (order.state, order.refunded_minor) == ("refunded", order.total_minor)


# --- exceptions -------------------------------------------------------------------------------------------------------


def test_an_excess_goes_back_once(desk: Desk, client: Client) -> None:
    for _ in range(2):
        client.post(f"/operator/exceptions/{desk.excess.id}", {"key": KEY, "decision": "return_excess"})
    back = PaymentReturn.objects.filter(reason="excess").values_list("amount_minor", flat=True)
    assert list(back) == [250]
    assert MoneyException.objects.get(id=desk.excess.id).decision == "return_excess"


def test_a_shortfall_is_covered_and_the_order_goes_on(desk: Desk, client: Client) -> None:
    assert "¥1.00" in client.get(f"/operator/exceptions/{desk.short.id}").content.decode()
    client.post(f"/operator/exceptions/{desk.short.id}", {"key": KEY, "decision": "accept_short"})
    checkout = Checkout.objects.get(id=desk.short.subject_id)
    assert (checkout.state, checkout.received_minor) == ("paid", checkout.total_minor)


def test_what_moves_no_money_is_noted_and_closed(desk: Desk, client: Client) -> None:
    address = f"/operator/exceptions/{desk.noted.id}"
    assert client.post(address, {"key": KEY, "decision": "acknowledge", "note": ""}).status_code == 422
    client.post(address, {"key": KEY, "decision": "acknowledge", "note": "A clock in the source was wrong."})
    row = MoneyException.objects.get(id=desk.noted.id)
    assert (row.decision, row.closed_by_id) == ("acknowledged", desk.operator.id)
    assert "A clock in the source was wrong." in row.note


def test_a_decision_that_does_not_fit_is_refused_in_words(desk: Desk, client: Client) -> None:
    answer = client.post(f"/operator/exceptions/{desk.noted.id}", {"key": KEY, "decision": "return_all"})
    assert answer.status_code == 422
    assert "does not fit an exception of the kind" in answer.content.decode()
    assert MoneyException.objects.get(id=desk.noted.id).closed_at is None
    assert client.post(f"/operator/exceptions/{desk.noted.id}", {"key": KEY, "decision": "burn"}).status_code == 422


# --- payouts ----------------------------------------------------------------------------------------------------------


def test_a_payout_leaves_only_after_the_second_factor(desk: Desk, client: Client) -> None:
    address = f"/operator/payouts/{desk.payout.id}"
    answer = client.post(address, {"key": KEY, "decision": "approve"})
    assert answer["Location"].startswith("/me/factor?next=")
    assert Payout.objects.get(id=desk.payout.id).state == "requested"
    confirmed(client)
    assert client.post(address, {"key": KEY, "decision": "approve"}).status_code == 302
    assert Payout.objects.get(id=desk.payout.id).state == "approved"


def test_a_refused_payout_is_back_on_the_balance_with_its_reason(desk: Desk, client: Client) -> None:
    confirmed(client)
    address, before = f"/operator/payouts/{desk.payout.id}", balances_of([desk.payout.payee])[desk.payout.payee]
    assert client.post(address, {"key": KEY, "decision": "refuse", "reason": ""}).status_code == 422
    assert Payout.objects.get(id=desk.payout.id).state == "requested"
    client.post(address, {"key": KEY, "decision": "refuse", "reason": "The account name differs."})
    row = Payout.objects.get(id=desk.payout.id)
    assert (row.state, row.reason) == ("refused", "The account name differs.")
    assert balances_of([row.payee])[row.payee] == before + row.amount_minor


def test_waiting_payouts_come_oldest_first(desk: Desk) -> None:
    later = Payout.objects.create(
        payee=desk.payout.payee, amount_minor=1, currency="CNY", requested_by_id=new_id(), requested_at=NOW
    )
    first = find_payouts(desk.world.operator, limit=1)
    second = find_payouts(desk.world.operator, limit=1, after=first.next_cursor)
    assert [row.id for row in (*first.items, *second.items)] == [desk.payout.id, later.id]


# --- ledger and terms -------------------------------------------------------------------------------------------------


def test_accounts_are_all_there_and_add_up_to_nothing(desk: Desk) -> None:
    seen, cursor = [], None
    while True:
        page = list_accounts(desk.world.operator, after=cursor, limit=2)
        seen += list(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len({account.name for account in seen}) == len(seen) > 6
    assert sum(account.balance_minor for account in seen) == 0


def test_an_account_shows_its_transfers_page_by_page(desk: Desk, client: Client) -> None:
    first = list_transfers(desk.world.operator, "escrow", limit=3)
    second = list_transfers(desk.world.operator, "escrow", limit=100, after=first.next_cursor)
    rows = [*first.items, *second.items]
    signed = sum(row.amount_minor if row.credit == "escrow" else -row.amount_minor for row in rows)
    assert signed == balances_of(["escrow"])["escrow"]
    assert len({row.id for row in rows}) == len(rows)


def test_search_leads_from_a_name_an_account_or_an_id(desk: Desk, client: Client) -> None:
    supplier = desk.world.suppliers[1]
    assert client.get(f"/operator/ledger?q={supplier.id}")["Location"] == f"/operator/ledger/supplier%3A{supplier.id}"
    assert client.get("/operator/ledger?q=escrow")["Location"] == "/operator/ledger/escrow"
    assert f"supplier%3A{supplier.id}" in client.get("/operator/ledger?q=hil").content.decode()
    assert "Settlement" in client.get(f"/operator/ledger?q={desk.settled.id}").content.decode()
    assert client.get("/operator/ledger/supplier:zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz").status_code == 404


def test_a_term_changes_once_with_its_reason(desk: Desk, client: Client) -> None:
    sent = {"key": KEY, "value": "6", "reason": "Costs of the provider rose."}
    for _ in range(2):
        assert client.post("/operator/terms/platform_fee_bps", sent).status_code == 302
    assert list(Standing.objects.filter(term="platform_fee_bps").values_list("value", "version")) == [(600, 1)]
    page = client.get("/operator/terms/platform_fee_bps").content.decode()
    assert "6%" in page
    assert "Costs of the provider rose." in page


def test_a_value_beyond_the_limits_is_refused_and_kept_in_the_form(desk: Desk, client: Client) -> None:
    answer = client.post("/operator/terms/settlement_days", {"key": KEY, "value": "900", "reason": "Longer"})
    assert answer.status_code == 422
    assert 'value="900"' in answer.content.decode()
    assert not Standing.objects.exists()
    assert client.get("/operator/terms/nothing").status_code == 404


def test_reports_are_for_operators_only(desk: Desk) -> None:
    for ask in (read_desk_counts, find_orders, find_payouts, list_accounts, last_check):
        with pytest.raises(Forbidden):
            ask(desk.world.buyer)


def test_a_product_that_waits_is_put_into_another_category_once(desk: Desk) -> None:
    client, product = signed_in(desk.operator), desk.product
    other = Category.objects.create(slug="tea", name="Tea", name_zh="茶")
    assert "Put it there" in client.get(f"/operator/products/{product.id}").content.decode()
    for _ in range(2):
        sent = {"key": KEY, "category": str(other.id)}
        assert client.post(f"/operator/products/{product.id}/category", sent).status_code == 302
    product.refresh_from_db()
    assert product.category == other and Event.objects.filter(kind="product.category_changed").count() == 1
    sold = desk.world.picks["mug"]
    sent = {"key": "form-key-000002", "category": str(other.id)}
    client.post(f"/operator/products/{sold.product_id}/category", sent)
    assert "Put it there" not in client.get(f"/operator/products/{sold.product_id}").content.decode()
    assert Product.objects.get(id=sold.product_id).category != other
    creator = signed_in(Person.objects.get(email="lin@example.org"))
    assert creator.post(f"/operator/products/{product.id}/category", sent).status_code == 404
