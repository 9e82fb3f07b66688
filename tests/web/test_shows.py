"""Shows before they are on: planned, written, checked, announced and called off by HTTP, by those who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils.timezone import localtime

from renmai.kit import clock
from renmai.people.accounts.models import Person
from renmai.places.live.models import CoHost, Segment, Show, ShowCheck
from renmai.places.live.rules import POINTS
from renmai.places.shops.models import Pick
from renmai.web.desks.show_words import POINT_WORDS
from tests.web.desk_world import Consoles, a_picture, key, make_consoles, statements, words_of
from tests.web.operator_world import signed_in

TYPED = "%Y-%m-%dT%H:%M"


@pytest.fixture
def desks(house: None) -> Consoles:
    return make_consoles()


def plan_form(**changed: Any) -> dict[str, Any]:
    at = localtime(clock.now() + timedelta(days=1)).strftime(TYPED)
    return {
        "key": key(),
        "title": "Tea at four",
        "about": "",
        "starts_at": at,
        "minutes": "60",
        "circle": "",
        "kept": "",
        **changed,
    }


def planned(desks: Consoles) -> Show:
    answer = desks.creator.post("/creator/shows/new", plan_form())
    show = Show.objects.get()
    assert answer["Location"] == f"/creator/shows/{show.id}/run"
    return show


def picks(desks: Consoles) -> list[Pick]:
    return list(Pick.objects.filter(shop_id=desks.world.shops[0].id, removed_at=None).order_by("position", "id")[:2])


def row(name: str, pick_id: UUID, **values: Any) -> dict[str, Any]:
    given = {"pick": pick_id, "id": "", "sku": "", "minutes": "5", "hook": "", "gift": "", "talking_points": "",
             "show_price": "", "set_aside": "", "per_buyer_max": "1", "policy": "hold", **values}  # fmt: skip
    return {f"{name}-{field}": str(value) for field, value in given.items()}


def sent_run(desks: Consoles, show: Show, rows: dict[str, dict[str, Any]], do: str = "save", **more: Any) -> Any:
    data = {"key": key(), "row": list(rows), "do": do, **more}
    for each in rows.values():
        data.update(each)
    return desks.creator.post(f"/creator/shows/{show.id}/run", data)


def test_a_show_is_planned_in_the_console(desks: Consoles) -> None:
    assert "No show yet" in words_of(desks.creator.get("/creator/shows"))
    show = planned(desks)
    assert (show.state, show.minutes, show.host_id) == ("draft", 60, desks.world.shops[0].owner_id)
    one, two = picks(desks)
    answer = sent_run(desks, show, {}, "add", goods_new=[str(one.id), str(two.id)])
    assert answer["Location"].endswith("#segment-1")
    first, second = Segment.objects.order_by("position")
    rows = {
        "a": row("a", one.id, id=first.id, hook="Smell this", minutes="7"),
        "b": row("b", two.id, id=second.id, talking_points="Washed\nby hand"),
    }
    sent_run(desks, show, rows, "down:a")
    now = list(Segment.objects.order_by("position").values_list("id", "minutes", "hook", "talking_points"))
    assert now == [(second.id, 5, "", "Washed\nby hand"), (first.id, 7, "Smell this", "")]
    sent_run(desks, show, rows, "out:b")
    assert list(Segment.objects.values_list("id", flat=True)) == [first.id]
    page = words_of(desks.creator.get(f"/creator/shows/{show.id}"))
    assert "Smell this" in page and "7 of 60 minutes" in page and f"{len(POINTS)} open" in page


def test_what_was_typed_survives_a_mistake(desks: Consoles) -> None:
    answer = desks.creator.post("/creator/shows/new", plan_form(minutes="0", cover=a_picture()))
    assert answer.status_code == 422 and not Show.objects.exists()
    kept = answer.context["kept"]
    assert kept and "Tea at four" in answer.content.decode()
    desks.creator.post("/creator/shows/new", plan_form(kept=kept))
    show = Show.objects.get()
    assert str(show.cover_id) == kept
    one, _ = picks(desks)
    bad = {"a": row("a", one.id, hook="Smell this", show_price="12.00", minutes="")}
    answer = sent_run(desks, show, bad)
    said = words_of(answer)
    assert answer.status_code == 422 and "Say how many are there at this price." in said
    assert "A show price is of one variant." in said and 'value="Smell this"' in answer.content.decode()
    assert not Segment.objects.exists()


def test_a_price_that_could_not_be_raised_is_told_while_planning(desks: Consoles) -> None:
    show, pick = planned(desks), desks.world.picks["mug"]
    sku = desks.world.skus["mug"]
    priced = {"sku": sku.id, "set_aside": "3"}
    sent_run(desks, show, {"a": row("a", pick.id, show_price="0.01", **priced)})
    assert Segment.objects.get().show_price_minor == 1
    for page in ("", "/run"):
        assert "Below the supplier's lowest price." in words_of(desks.creator.get(f"/creator/shows/{show.id}{page}"))
    fine = row("a", pick.id, id=Segment.objects.get().id, show_price="50.00", **priced)
    sent_run(desks, show, {"a": fine})
    assert "lowest price" not in words_of(desks.creator.get(f"/creator/shows/{show.id}"))


def test_the_checklist_is_answered_and_opens_again(desks: Consoles) -> None:
    show = planned(desks)
    address = f"/creator/shows/{show.id}/checklist"
    desks.creator.post(address, {"key": key(), "point": ["who", "goods"], "note_goods": "I made it"})
    assert set(ShowCheck.objects.values_list("point", "note")) == {("who", ""), ("goods", "I made it")}
    assert "2 of 8" in words_of(desks.creator.get(address))
    sent_run(desks, show, {}, "add", goods_new=[str(picks(desks)[0].id)])
    said = words_of(desks.creator.get(address))
    assert "1 of 8" in said and "Goods or prices changed since." in said
    desks.creator.post(address, {"key": key(), "point": [point.name for point in POINTS]})
    assert "Complete: the show may begin." in words_of(desks.creator.get(address))
    assert set(POINT_WORDS) == {point.name for point in POINTS}
    assert all(str(POINT_WORDS[point.name][1]) == point.meaning for point in POINTS)


def test_it_is_announced_and_called_off(desks: Consoles) -> None:
    show = planned(desks)
    address = f"/creator/shows/{show.id}"
    desks.creator.post(address, {"key": key(), "do": "announce"})
    show.refresh_from_db()
    assert (show.state, show.announced_at is not None) == ("planned", True)
    desks.creator.post(address, {"key": key(), "do": "cancel"})
    desks.creator.post(address, {"key": key(), "do": "announce"})
    show.refresh_from_db()
    assert show.state == "cancelled"
    assert "Called off" in words_of(desks.creator.get("/creator/shows?state=cancelled"))


def test_people_are_added_by_address_and_taken_out(desks: Consoles) -> None:
    show = planned(desks)
    address, other = f"/creator/shows/{show.id}/people", desks.world.shops[1]
    wrong = desks.creator.post(address, {"key": key(), "do": "add", "who": "@nobody-here", "part": "host"})
    assert wrong.status_code == 422 and not CoHost.objects.exists()
    desks.creator.post(address, {"key": key(), "do": "add", "who": f"@{other.handle}", "part": "host"})
    assert CoHost.objects.get().person_id == other.owner_id
    beside = signed_in(Person.objects.get(id=other.owner_id))
    assert beside.get(f"/creator/shows/{show.id}/run").status_code == 200
    desks.creator.post(address, {"key": key(), "do": "part", "person": str(other.owner_id), "part": "moderator"})
    assert CoHost.objects.get().part == "moderator" and beside.get(f"/creator/shows/{show.id}/run").status_code == 404
    desks.creator.post(address, {"key": key(), "do": "out", "person": str(other.owner_id)})
    assert not CoHost.objects.exists()


def test_the_pages_cost_the_same_with_more_in_them(desks: Consoles) -> None:
    show = planned(desks)
    one, two = picks(desks)
    sent_run(desks, show, {}, "add", goods_new=[str(one.id)])
    pages = ("/creator/shows", f"/creator/shows/{show.id}", f"/creator/shows/{show.id}/run")
    before = [statements(desks.creator, page) for page in pages]
    for _ in range(3):
        desks.creator.post("/creator/shows/new", plan_form())
        rows = {each.id.hex: row(each.id.hex, each.pick_id, id=each.id) for each in show.segments.order_by("position")}
        sent_run(desks, show, rows, "add", goods_new=[str(two.id)])
    assert show.segments.count() == 4
    assert [statements(desks.creator, page) for page in pages] == before


def test_strangers_find_nothing(desks: Consoles) -> None:
    show = planned(desks)
    for page in ("", "/plan", "/run", "/people", "/checklist"):
        assert desks.nobody.get(f"/creator/shows/{show.id}{page}").status_code == 404
        assert desks.nobody.post(f"/creator/shows/{show.id}{page}", {"key": key(), "do": "announce"}).status_code == 404
    show.refresh_from_db()
    assert show.state == "draft"
