"""Statements, details, invoices and the quarterly report as pages: each sees its own, in both languages."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from renmai.kit import clock
from renmai.money.payouts.models import PayeeDetails
from renmai.money.statements.models import InvoiceRequest
from renmai.people.accounts.models import Membership, Person
from renmai.trade.orders.models import Order
from tests.web.desk_world import Consoles, key, make_consoles, paid_order, words_of
from tests.web.operator_world import PDF_BYTES, deliver, factor_code, make_desk, settle, signed_in

PERIOD = {"start": "2026-01-01", "end": "2099-01-01"}


@pytest.fixture
def house_of(house: None) -> Consoles:
    return make_consoles()


def settled(house_of: Consoles) -> Order:
    """Two mugs and a tea, settled for the creator of shop 0 (81.60)."""
    order = paid_order(house_of.world, "papers-00001", mug=2, tea=1)
    deliver(house_of.world, order, clock.now())
    settle(clock.now() + timedelta(days=30))
    return order


def an_operator(house_of: Consoles) -> Client:
    person = Person.objects.get(email="op@example.org")
    Membership.objects.create(person=person, role="operator", created_at=clock.now())
    return signed_in(person)


def a_buyer(house_of: Consoles) -> Client:
    return signed_in(Person.objects.get(id=house_of.world.buyer.person_id))


def paper(answer: Any) -> str:
    assert answer["Content-Type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_a_statement_says_what_each_amount_comes_from(house_of: Consoles) -> None:
    settled(house_of)
    page = words_of(house_of.creator.get("/creator/earnings", PERIOD))
    assert "Earned 2 ¥81.60" in page
    assert "Order settled · Creator's part" in page and "Out of a commission of 20% of ¥88.00." in page
    english = paper(house_of.creator.get("/creator/earnings/statement.pdf", PERIOD))
    assert "Earned (2)" in english and "81.60" in english and "lin" in english
    chinese = paper(
        house_of.creator.get("/creator/earnings/statement.pdf", PERIOD, headers={"accept-language": "zh-hans"})
    )
    assert "对账单" in chinese and "期末余额" in chinese
    paid_order(house_of.world, "papers-00002", tea=1)
    page = words_of(house_of.creator.get("/creator/earnings", PERIOD))
    assert "Estimated ¥17.60 Paid by buyers and not settled yet" in page


def test_an_operator_reads_the_statement_of_any_account(house_of: Consoles) -> None:
    settled(house_of)
    operator = an_operator(house_of)
    account = f"creator:{house_of.world.shops[0].id}"
    assert "Earned 2 ¥81.60" in words_of(operator.get(f"/operator/statements/{account}", PERIOD))
    assert "Platform fee" in words_of(operator.get("/operator/statements/platform", PERIOD))
    assert "81.60" in paper(operator.get(f"/operator/statements/{account}/statement.pdf", PERIOD))
    file = b"".join(operator.get("/operator/statements/platform/statement.csv", PERIOD).streaming_content)
    assert file.count(b"\r\n") == 5  # header, opening, a fee for each line of goods, closing
    assert operator.get("/operator/statements/creator:" + "x" * 36).status_code == 404


def test_details_are_kept_masked_and_an_invoice_is_asked_for_and_issued(house_of: Consoles) -> None:
    settled(house_of)
    details = {
        "which": "details", "kind": "person", "legal_name": "林小满", "tax_number": "330106199001011234", "key": key(),
    }  # fmt: skip
    for _ in range(2):
        assert house_of.creator.post("/creator/papers", details).status_code == 302
    page = house_of.creator.get("/creator/papers")
    assert "****1234" in words_of(page) and b"330106199001011234" not in page.content
    assert house_of.creator.post("/creator/papers", {**details, "tax_number": "", "key": key()}).status_code == 302
    assert PayeeDetails.objects.get().tax_number == "330106199001011234"
    refused = house_of.creator.post("/creator/papers", {"which": "invoice", "month": "2026-01-01", "key": key()})
    assert refused.status_code == 422
    assert not InvoiceRequest.objects.exists()


def test_a_buyer_asks_an_operator_issues_and_the_buyer_downloads(house_of: Consoles) -> None:
    order, buyer, operator = settled(house_of), a_buyer(house_of), an_operator(house_of)
    assert f"/orders/{order.id}/invoice" in buyer.get(f"/orders/{order.id}").content.decode()
    page = f"/orders/{order.id}/invoice"
    assert buyer.post(page, {"title": ""}).status_code == 422
    for _ in range(2):
        assert buyer.post(page, {"title": "Bo Ltd", "tax_number": "91330106MA2B0XKQ3T"}).status_code == 302
    row = InvoiceRequest.objects.get()
    assert house_of.creator.get(page).status_code == 404
    assert "Waiting for the invoice" in words_of(buyer.get(page))
    assert "Bo Ltd" in words_of(operator.get("/operator/invoices"))
    one = f"/operator/invoices/{row.id}"
    assert b"91330106MA2B0XKQ3T" not in operator.get(one).content
    wrong = {"decision": "issue", "number": "F-1", "document": SimpleUploadedFile("a.txt", b"no")}
    assert operator.post(one, wrong).status_code == 422
    right = {"decision": "issue", "number": "F-1", "document": SimpleUploadedFile("a.pdf", PDF_BYTES)}
    assert operator.post(one, right).status_code == 302
    assert "F-1" in words_of(buyer.get(page))
    assert b"".join(buyer.get(f"/invoices/{row.id}/file").streaming_content) == PDF_BYTES
    assert house_of.creator.get(f"/invoices/{row.id}/file").status_code == 404
    assert operator.post(one, {"decision": "refuse", "reason": "late"}).status_code == 422


def test_the_quarter_leaves_with_a_second_factor_only(house: None) -> None:
    desk = make_desk(clock.now())
    operator = signed_in(desk.operator)
    today = clock.now().date()
    quarter = {"year": str(today.year), "quarter": str((today.month - 1) // 3 + 1)}
    assert "Total" in words_of(operator.get("/operator/quarter", quarter))
    assert operator.get("/operator/quarter.csv", quarter)["Location"].startswith("/me/factor?next=")
    operator.post("/me/factor", {"code": factor_code(), "next": "/operator/quarter"})
    file = b"".join(operator.get("/operator/quarter.csv", quarter).streaming_content).decode("utf-8-sig")
    assert file.splitlines()[0].startswith("quarter,payee,kind,legal_name,tax_number")
    for odd in ({"year": "x"}, {"quarter": "5"}, {"year": "9999"}):
        assert operator.get("/operator/quarter", odd).status_code == 404
