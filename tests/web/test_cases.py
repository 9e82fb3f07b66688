"""Pages of cases: opening one in two steps, answering from each side, deciding, and what each side may see."""

from __future__ import annotations

import pytest
from django.test import Client

from renmai.kit.media.models import Media
from renmai.trade.care.models import Case
from tests.web.case_world import CaseHouse, answered, arrived, make_case_house, opened, order_of
from tests.web.desk_world import a_picture, hidden, key, statements, words_of


@pytest.fixture
def house(house: None) -> CaseHouse:
    return make_case_house()


def says(client: Client, address: str) -> str:
    """The words of a page that must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return words_of(answer)


def test_an_order_offers_a_case_beside_each_line(house: CaseHouse) -> None:
    line = arrived(house)
    page = house.buyer.get(f"/orders/{line.order_id}")
    assert f'href="/orders/{line.order_id}/lines/{line.id}/case"' in page.content.decode()
    assert "Something is wrong?" in words_of(page)
    assert "Send back without a reason until" in words_of(page)
    case = opened(house, line)
    page = house.buyer.get(f"/orders/{line.order_id}")
    assert f'href="/cases/{case.id}"' in page.content.decode()
    assert "Something is wrong?" not in words_of(page)


def test_the_right_to_withdraw_stands_first_with_its_date(house: CaseHouse) -> None:
    line = arrived(house)
    said = says(house.buyer, f"/orders/{line.order_id}/lines/{line.id}/case")
    assert said.index("I changed my mind") < said.index("It arrived damaged")
    assert "You may send it back until" in said
    assert "It did not arrive" not in said  # it was received


def test_a_case_is_opened_with_pictures_and_waits_for_the_creator(house: CaseHouse) -> None:
    line = arrived(house)
    address = f"/orders/{line.order_id}/lines/{line.id}/case"
    form = house.buyer.get(f"{address}?reason=damaged")
    assert 'value="120.00"' in form.content.decode()
    sent = {"reason": "damaged", "kind": "refund_only", "quantity": "1", "amount": "120.00", "words": "Chipped.",
            "key": next(hidden(form, "key")), "pictures": [a_picture(), a_picture("blue")]}  # fmt: skip
    answer = house.buyer.post(address, sent)
    case = Case.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.id}")
    assert (case.state, case.kind, case.quantity, case.asked_minor) == ("with_creator", "refund_only", 1, 6000)
    entry = case.entries.get()
    assert (entry.words, len(entry.media_ids)) == ("Chipped.", 2)
    assert Media.objects.filter(id__in=entry.media_ids, visibility="private").count() == 2
    again = house.buyer.post(address, sent | {"pictures": []})
    assert (again["Location"], Case.objects.count()) == (f"/cases/{case.id}", 1)
    assert "lin has it now" in says(house.buyer, f"/cases/{case.id}")


def test_pictures_survive_a_mistake_in_the_form(house: CaseHouse) -> None:
    line = arrived(house)
    address = f"/orders/{line.order_id}/lines/{line.id}/case"
    sent = {"reason": "other", "kind": "refund_only", "quantity": "2", "amount": "1", "words": "", "key": key()}
    answer = house.buyer.post(address, sent | {"pictures": [a_picture()]})
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    (kept,) = hidden(answer, "kept")
    answer = house.buyer.post(address, sent | {"words": "Odd.", "kept": kept})
    assert answer.status_code == 302
    assert Case.objects.get().entries.get().media_ids == [kept]


def test_more_than_the_line_brought_is_refused_beside_the_amount(house: CaseHouse) -> None:
    line = arrived(house)
    sent = {"reason": "damaged", "kind": "refund_only", "quantity": "1", "amount": "60.01", "words": "", "key": key()}
    answer = house.buyer.post(f"/orders/{line.order_id}/lines/{line.id}/case", sent)
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "At most 60.00." in words_of(answer)


def test_seven_pictures_are_one_too_many(house: CaseHouse) -> None:
    line = arrived(house)
    colours = ["red", "blue", "green", "white", "black", "pink", "gold"]
    sent = {"reason": "damaged", "kind": "refund_only", "quantity": "2", "amount": "1", "words": "", "key": key(),
            "pictures": [a_picture(colour) for colour in colours]}  # fmt: skip
    answer = house.buyer.post(f"/orders/{line.order_id}/lines/{line.id}/case", sent)
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "At most 6 pictures." in words_of(answer)


def test_evidence_is_read_by_the_sides_only(house: CaseHouse) -> None:
    line = arrived(house)
    address = f"/orders/{line.order_id}/lines/{line.id}/case"
    house.buyer.post(address, {"reason": "damaged", "kind": "refund_only", "quantity": "2", "amount": "1",
                               "words": "", "key": key(), "pictures": [a_picture()]})  # fmt: skip
    picture = f"/media/{Case.objects.get().entries.get().media_ids[0]}/800"
    for side in ("buyer", "creator", "supplier", "operator"):
        answer = house.client(side).get(picture)
        assert answer.status_code == 200, side
        answer.close()
    assert house.consoles.nobody.get(picture).status_code == 404
    assert Client().get(picture).status_code == 404


@pytest.mark.parametrize("address", ["/cases/{}", "/creator/cases/{}", "/supplier/cases/{}", "/operator/cases/{}"])
def test_strangers_find_nothing(house: CaseHouse, address: str) -> None:
    case = opened(house, arrived(house))
    assert house.consoles.nobody.get(address.format(case.id)).status_code == 404
    assert Client().get(address.format(case.id)).status_code == 302
    sent = {"event": "cancel", "key": key()}
    assert house.consoles.nobody.post(address.format(case.id), sent).status_code == 404
    case.refresh_from_db()
    assert case.state == "with_creator"


def test_the_creator_reads_what_each_answer_means_before_it_is_given(house: CaseHouse) -> None:
    """Two mugs at 60.00: the creator has 120.00 - 50.00 supply - 6.00 fee = 64.00 of them."""
    case = opened(house, arrived(house))
    said = says(house.consoles.creator, f"/creator/cases/{case.id}")
    # All of it is given back, so the parcel's freight goes back too.
    assert "You give back ¥128.00." in said  # taken on alone
    assert "If the supplier agrees: You give back nothing. Kiln: ¥128.00." in said


def test_a_sale_that_is_undone_is_given_back_by_everyone(house: CaseHouse) -> None:
    line = arrived(house)
    case = opened(house, line, kind="return_refund", reason="withdrawal", words="")
    answered(house, case, "buyer", "send_back", carrier="SF", tracking="R1")
    said = says(house.consoles.supplier, f"/supplier/cases/{case.id}")
    assert "You give back ¥50.00. Others together: ¥70.00." in said
    assert "lin" in says(house.buyer, f"/cases/{case.id}")
    answer = house.consoles.supplier.post(f"/supplier/cases/{case.id}", {"event": "confirm_return", "key": key()})
    assert answer.status_code == 302
    assert order_of(line).refunded_minor == 12000
    assert "¥120.00 goes back to you the way it came." in says(house.buyer, f"/cases/{case.id}")


def test_an_answer_that_lacks_something_is_shown_in_its_form(house: CaseHouse) -> None:
    case = opened(house, arrived(house))
    answered(house, case, "creator", "pass_on")
    answer = house.consoles.supplier.post(f"/supplier/cases/{case.id}", {"event": "refuse", "words": "", "key": key()})
    assert answer.status_code == 422
    case.refresh_from_db()
    assert case.state == "with_supplier"
    answer = house.consoles.supplier.post(
        f"/supplier/cases/{case.id}", {"event": "refuse", "words": "No.", "key": key()}
    )
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.state == "refused"


def test_an_answer_that_came_too_late_is_told(house: CaseHouse) -> None:
    case = opened(house, arrived(house))
    answered(house, case, "creator", "pass_on")
    answer = house.consoles.creator.post(f"/creator/cases/{case.id}", {"event": "take", "key": key()}, follow=True)
    assert "This answer is not open any more." in words_of(answer)
    case.refresh_from_db()
    assert case.state == "with_supplier"


def test_the_lists_say_who_waits(house: CaseHouse) -> None:
    case = opened(house, arrived(house))
    creator, supplier = house.consoles.creator, house.consoles.supplier
    assert f'href="/creator/cases/{case.id}"' in creator.get("/creator/cases").content.decode()
    assert "24 hours left" in says(creator, "/creator/cases") or "23 hours left" in says(creator, "/creator/cases")
    assert '<span class="badge">1</span>' in creator.get("/creator/orders").content.decode()
    assert '<span class="badge">' not in supplier.get("/supplier/parcels").content.decode()
    assert "Something is wrong with what they bought." in says(creator, "/creator")
    assert "Nobody waits" in says(supplier, "/supplier")
    assert "Nothing waits for your answer" in says(supplier, "/supplier/cases?view=waiting")
    assert f'href="/supplier/cases/{case.id}"' in supplier.get("/supplier/cases").content.decode()
    assert f'href="/cases/{case.id}"' in house.buyer.get("/cases").content.decode()
    assert "Nothing to decide" in says(house.operator, "/operator/cases")
    assert f'href="/operator/cases/{case.id}"' in house.operator.get("/operator/cases?view=open").content.decode()


def test_what_falls_due_soonest_stands_first_page_by_page(house: CaseHouse) -> None:
    lines = [arrived(house, f"case-1000{number}") for number in range(3)]
    cases = [opened(house, line) for line in lines]
    answered(house, cases[0], "creator", "pass_on")  # 48 hours from now: the last to fall due
    page = house.operator.get("/operator/cases?view=open").content.decode()
    places = [page.index(str(case.id)) for case in (cases[1], cases[2], cases[0])]
    assert places == sorted(places)


def test_the_operator_sees_what_each_bearer_would_give_and_decides(house: CaseHouse) -> None:
    line = arrived(house)
    case = opened(house, line)
    answered(house, case, "creator", "pass_on")
    answered(house, case, "supplier", "refuse", words="It left us whole.")
    answered(house, case, "buyer", "call_in")
    said = says(house.operator, f"/operator/cases/{case.id}")
    assert "The glaze is chipped." in said
    assert "It left us whole." in said
    assert "Supplier: Kiln ¥58.00" in says(
        house.operator, f"/operator/cases/{case.id}/preview?amount=120.00&goods_back="
    )
    look = house.operator.post(f"/operator/cases/{case.id}", {"look": "1", "event": "decide_refund", "amount": "60.00",
                                                              "bearer": "supplier", "words": "", "key": key()})  # fmt: skip
    assert look.status_code == 200
    assert "For ¥60.00: Everyone their part of the sale" in words_of(look)
    case.refresh_from_db()
    assert case.state == "with_platform"
    done = house.operator.post(f"/operator/cases/{case.id}", {"event": "decide_refund", "amount": "60.00",
                                                              "bearer": "supplier", "words": "Packed badly.", "key": key()})  # fmt: skip
    assert done.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.agreed_minor, case.bearer) == ("refunded", 6000, "supplier")
    assert order_of(line).refunded_minor == 6000
    assert "Packed badly." in says(house.buyer, f"/cases/{case.id}")


def test_an_operator_can_decide_that_nothing_is_given_back(house: CaseHouse) -> None:
    case = opened(house, arrived(house))
    answered(house, case, "creator", "pass_on")
    answered(house, case, "supplier", "refuse", words="No.")
    answered(house, case, "buyer", "call_in")
    sent = {"event": "decide_refuse", "words": "The pictures show another mug.", "key": key()}
    assert house.operator.post(f"/operator/cases/{case.id}", sent).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.refund_id) == ("closed", None)


def test_goods_can_be_exchanged(house: CaseHouse) -> None:
    line = arrived(house)
    case = opened(house, line, kind="exchange", quantity=1)
    answered(house, case, "creator", "pass_on")
    page = f"/supplier/cases/{case.id}"
    supplier, parcel = house.consoles.supplier, {"carrier": "SF", "tracking": "R1"}
    assert "Agree: it comes back, then you send another one" in says(supplier, page)
    supplier.post(page, {"event": "approve", "words": "Kiln Road 4, Jingdezhen", "key": key()})
    assert "Kiln Road 4, Jingdezhen" in says(house.buyer, f"/cases/{case.id}")
    house.buyer.post(f"/cases/{case.id}", {"event": "send_back", **parcel, "key": key()})
    supplier.post(page, {"event": "confirm_return", "key": key()})
    supplier.post(page, {"event": "send_replacement", **parcel, "key": key()})
    house.buyer.post(f"/cases/{case.id}", {"event": "confirm_replacement", "key": key()})
    case.refresh_from_db()
    assert (case.state, case.replaced, order_of(line).refunded_minor) == ("replaced", 1, 0)


def test_the_table_is_published_with_the_times_in_force(house: CaseHouse) -> None:
    said = says(Client(), "/help/cases")
    assert "Creator to answer 24 hours · Creator" in said
    assert "nobody answers in time" in said


def test_a_longer_list_costs_no_more_statements(house: CaseHouse) -> None:
    opened(house, arrived(house, "case-20001"))
    pages = [
        (house.consoles.creator, "/creator/cases"),
        (house.operator, "/operator/cases?view=open"),
        (house.buyer, "/cases"),
    ]
    few = [statements(client, page) for client, page in pages]
    for number in range(2, 5):
        opened(house, arrived(house, f"case-2000{number}"))
    assert [statements(client, page) for client, page in pages] == few
