"""A case by HTTP: asked, with evidence, answered by each side, refunded; every answer held against the document."""

from __future__ import annotations

import pytest

from renmai.trade.care.models import Case
from renmai.trade.orders.models import Refund
from tests.api.desk import sign_in
from tests.api.test_journey import evidence
from tests.web.case_world import CaseHouse, arrived, make_case_house


@pytest.fixture
def house_of(house: None) -> CaseHouse:
    return make_case_house()


def test_a_case_from_question_to_refund(house_of: CaseHouse) -> None:
    line = arrived(house_of)
    buyer, lin, kiln = (
        sign_in("buyer@example.org", "buy"),
        sign_in("lin@example.org", "shop"),
        sign_in("kiln@example.org", "supply"),
    )
    (care,) = buyer.get(f"/orders/{line.order_id}/care")["items"]
    assert (care["line_id"], care["units"], care["most_minor"], care["tries_left"]) == (str(line.id), 2, 12_000, 5)
    assert "damaged" in {ask["reason"] for ask in care["asks"]}
    file = buyer.do("POST", "/cases/evidence", data={"file": evidence()})

    body = {
        "order_id": str(line.order_id), "line_id": str(line.id), "kind": "refund_only", "reason": "damaged",
        "quantity": 1, "words": "The handle is broken.", "media_ids": [file["id"]],
    }  # fmt: skip
    assert buyer.refused("POST", "/cases", body | {"quantity": 3})["code"] == "case.quantity"
    assert lin.refused("POST", "/cases", body)["code"] == "token.scope_missing"
    case = buyer.do("POST", "/cases", body, key="case-key-01")
    again = buyer.call("POST", "/cases", body, key="case-key-01")
    assert (again.json["id"], again.headers["Idempotent-Replay"]) == (case["id"], "true")
    assert (
        buyer.refused("POST", "/cases", body | {"quantity": 2}, key="case-key-01")["code"] == "idempotency_key_reused"
    )
    assert (case["state"], case["asked_minor"], case["role"], case["your_turn"]) == (
        "with_creator",
        6000,
        "buyer",
        False,
    )

    shop = str(house_of.consoles.world.shops[0].id)
    (listed,) = lin.get("/cases", role="creator", subject_id=shop, open_only=True)["items"]
    assert (listed["id"], listed["your_turn"]) == (case["id"], True)
    seen = lin.get(f"/cases/{case['id']}")
    assert [event["event"] for event in seen["events_open"]] == ["take", "pass_on", "add_words"]
    assert [entry["words"] for entry in seen["entries"]] == ["The handle is broken."]
    assert seen["entries"][0]["media"] == [{"id": file["id"], "content_type": "image/webp"}]

    answers = f"/cases/{case['id']}/answers"
    assert kiln.refused("POST", answers, {"event": "pass_on"})["code"] == "case.denied"
    assert kiln.refused("POST", answers, {"event": "approve"})["code"] == "case.not_now"
    assert lin.do("POST", answers, {"event": "pass_on"})["state"] == "with_supplier"
    assert kiln.refused("POST", answers, {"event": "offer"})["code"] == "case.incomplete"
    assert kiln.refused("POST", answers, {"event": "offer", "amount_minor": 6001})["code"] == "case.amount"
    offered = kiln.do("POST", answers, {"event": "offer", "amount_minor": 2000}, key="offer-key-1")
    replayed = kiln.call("POST", answers, {"event": "offer", "amount_minor": 2000}, key="offer-key-1")
    assert (offered["state"], replayed.json) == ("offered", offered)
    done = buyer.do("POST", answers, {"event": "accept"})
    assert (done["state"], done["refunded_minor"], done["bearer"]) == ("refunded", 2000, "supplier")
    assert buyer.do("POST", answers, {"event": "accept"})["refund_id"] == done["refund_id"]
    assert Refund.objects.get().amount_minor == 2000


def test_what_is_not_theirs_is_not_there(house_of: CaseHouse) -> None:
    line = arrived(house_of)
    buyer, nobody = sign_in("buyer@example.org", "buy"), sign_in("new@example.org")
    body = {"order_id": str(line.order_id), "line_id": str(line.id), "reason": "damaged", "quantity": 1}
    assert nobody.refused("POST", "/cases", body)["code"] == "not_found"
    case = buyer.do("POST", "/cases", body)
    for path in (f"/cases/{case['id']}", f"/orders/{line.order_id}/care"):
        assert nobody.refused("GET", path)["code"] == "not_found"
    assert nobody.refused("POST", f"/cases/{case['id']}/answers", {"event": "cancel"})["code"] == "not_found"
    assert nobody.get("/cases")["items"] == []
    assert nobody.refused("GET", "/cases", query={"role": "operator"})["code"] in {"forbidden", "token.scope_missing"}
    assert Case.objects.get().state == "with_creator"
