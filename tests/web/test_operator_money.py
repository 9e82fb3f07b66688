"""The operator's pages of chargebacks, reconciliation, debts and payouts, through real requests."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.media.rules import media_url
from renmai.money.ledger.queries import roll_up
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.models import Chargeback, Payment
from renmai.money.payments.rules import Said
from renmai.money.payouts.actions import approve_payout, claim_payouts, finish_payout
from renmai.money.payouts.models import Payout
from renmai.money.reconciliation.models import Difference, ProviderFile
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.trade.captures.actions import take_message
from renmai.trade.orders.models import Order
from tests.money.desk import about_payout, balances, earn
from tests.money.test_chargebacks import about
from tests.money.test_reconciliation import file_of
from tests.web.operator_world import PDF_BYTES, Desk, make_desk, signed_in


@pytest.fixture
def desk(house: None) -> Desk:
    return make_desk(clock.now())


def disputed(desk: Desk, *kinds: Said) -> Chargeback:
    payment = Payment.objects.get(subject_id=desk.paid.checkout_id)
    for kind in kinds:
        message = about(kind, payment)
        message.extra["due_by"] = clock.now() + timedelta(days=7)
        take_message(message)
    return Chargeback.objects.get()


def test_a_chargeback_is_answered_with_files_and_the_file_opens(desk: Desk) -> None:
    row = disputed(desk, Said.CHARGEBACK)
    client = signed_in(desk.operator)
    assert f"/operator/chargebacks/{row.id}" in client.get("/operator/chargebacks").content.decode()
    href = f"/operator/chargebacks/{row.id}"
    assert client.post(href, {"which": "answer", "words": " ", "key": new_id().hex}).status_code == 422
    proof = SimpleUploadedFile("proof.pdf", PDF_BYTES, "application/pdf")
    given = {"which": "answer", "words": "Signed for.", "pictures": proof, "key": new_id().hex}
    assert client.post(href, given).headers["Location"] == href
    row.refresh_from_db()
    assert (row.state, row.words, len(row.media_ids)) == ("answered", "Signed for.", 1)
    page = client.get(href).content.decode()
    assert "Signed for." in page and row.media_ids[0] in page
    colleague = Person.objects.create(email="second@example.org", created_at=clock.now())
    add_membership(actor=Actor(), now=clock.now(), person_id=colleague.id, role="operator", subject_id=None)
    file = signed_in(colleague).get(media_url(UUID(row.media_ids[0])))
    assert b"".join(file) == PDF_BYTES  # type: ignore[call-overload]
    file.close()
    assert client.get("/operator/chargebacks?state=won").status_code == 200


def test_a_lost_chargeback_is_shared_once_from_its_page(desk: Desk) -> None:
    row = disputed(desk, Said.CHARGEBACK_LOST)
    client = signed_in(desk.operator)
    href = f"/operator/chargebacks/{row.id}"
    assert client.post(href, {"which": "decide", "bearer": "buyer"}).status_code == 422
    assert client.post(href, {"which": "nonsense"}).status_code == 404
    for _ in range(2):
        assert client.post(href, {"which": "decide", "bearer": "shared"}).status_code == 302
    assert Order.objects.get(id=desk.paid.id).state == "refunded"
    assert balances().get("chargeback", 0) == 0
    assert client.post(href, {"which": "decide", "bearer": "platform"}).status_code == 422
    assert (
        "/operator/chargebacks/"
        not in client.get("/operator/chargebacks?state=undecided").content.decode().split("<main")[1]
    )


def test_a_settlement_file_is_uploaded_and_its_differences_are_closed(desk: Desk) -> None:
    client = signed_in(desk.operator)
    payment = Payment.objects.get(subject_id=desk.paid.checkout_id)
    assert "No settlement file yet" in client.get("/operator/settlement-files").content.decode()
    bad = SimpleUploadedFile("bad.csv", b"nonsense", "text/csv")
    refused = client.post("/operator/settlement-files", {"gateway": "sandbox", "document": bad})
    assert refused.status_code == 422 and ProviderFile.objects.count() == 0
    body = file_of(("capture", payment.provider_ref, payment.captured_minor - 1, 7), at=clock.now())
    given = {"gateway": "sandbox", "document": SimpleUploadedFile("day.csv", body, "text/csv")}
    where = client.post("/operator/settlement-files", given).headers["Location"]
    assert client.get(where).status_code == 200
    row = Difference.objects.get(kind="amount")
    href = f"/operator/differences/{row.id}"
    assert href in client.get("/operator/differences").content.decode()
    assert client.post(href, {"which": "claim"}).status_code == 302
    assert client.post(href, {"which": "close", "note": ""}).status_code == 422
    assert client.post(href, {"which": "close", "note": "A fee."}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.owner_id, row.note) == ("explained", desk.operator.id, "A fee.")
    assert client.post(href, {"which": "close", "note": "Another."}).status_code == 422
    assert client.get("/operator/differences.csv").content.count(b"\r\n") == Difference.objects.count() + 1


def test_a_debt_is_written_off_only_after_a_second_factor(desk: Desk) -> None:
    account = creator_account(desk.world.shops[1].id)
    earn(account, -5000)
    roll_up()
    given = {"payee": account, "amount": "20.00", "reason": "Gone.", "key": new_id().hex}
    plain = signed_in(desk.operator)
    assert "/me/factor" in plain.post("/operator/debts", given).headers["Location"]
    assert balances()[account] == -5000
    client = signed_in(desk.operator)
    session = client.session
    session["confirmed_at"] = clock.now().timestamp()
    session.save()
    for _ in range(2):
        assert client.post("/operator/debts", given).status_code == 302
    assert balances()[account] == -3000
    over = given | {"amount": "30.01", "key": new_id().hex}
    assert client.post("/operator/debts", over).status_code == 422
    assert balances()[account] == -3000


def test_a_failed_payout_is_asked_for_again_by_the_operator(desk: Desk) -> None:
    operator = desk.world.operator
    approve_payout(actor=operator, now=clock.now(), payout_id=desk.payout.id)
    claim_payouts(gateways=["sandbox"], now=clock.now(), limit=9)
    finish_payout(about_payout(desk.payout, Said.PAYOUT_FAILED, reason="closed"))
    client = signed_in(desk.operator)
    href = f"/operator/payouts/{desk.payout.id}"
    assert "closed" in client.get(href).content.decode()
    assert "/me/factor" in client.post(href, {"decision": "retry"}).headers["Location"]
    session = client.session
    session["confirmed_at"] = clock.now().timestamp()
    session.save()
    assert client.post(href, {"decision": "retry"}).status_code == 302
    again = Payout.objects.get(id=desk.payout.id)
    assert (again.state, again.round, Payout.objects.count()) == ("requested", 2, 1)
    assert "Waits for the platform" in client.get(href).content.decode()
