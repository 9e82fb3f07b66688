"""The inbox and the supplier's side of pushes by HTTP: both languages, one tap each, and nobody else."""

from __future__ import annotations

import pytest
from django.test import Client

from renmai.kit import clock
from renmai.matching.push.models import Push
from renmai.matching.push.profiles import forget_profiles
from renmai.matching.shown.models import Showing
from renmai.people.accounts.models import Membership, Person
from renmai.places.shops.models import Pick
from tests.matching.test_push import Town, approved
from tests.trade.world import NOW
from tests.web.desk_world import key, words_of
from tests.web.operator_world import signed_in


class Doors:
    """Lin, who sells tea, and the maker's people, at their pages; a new tea was told to Lin."""

    def __init__(self) -> None:
        self.town = Town()
        self.tea = self.town.new_tea()
        forget_profiles()
        approved(self.tea, now=clock.now())
        self.lin = signed_in(Person.objects.get(email="lin@example.org"))
        maker = Person.objects.create(email="maker@example.org", name="Maker", created_at=NOW)
        Membership.objects.create(person=maker, role="supplier", subject_id=self.town.maker.id, created_at=NOW)
        self.maker = signed_in(maker)

    def inbox(self, query: str = "") -> str:
        answer = self.lin.get(f"/creator/inbox{query}")
        assert answer.status_code == 200
        return words_of(answer)

    def post(self, **data: str) -> None:
        answer = self.lin.post("/creator/inbox", {"key": key(), "product": str(self.tea.id), **data})
        assert answer.status_code == 302


@pytest.fixture
def doors(house: None) -> Doors:
    return Doors()


def test_new_goods_are_shown_with_reasons_and_picked_with_one_tap(doors: Doors) -> None:
    shown = doors.inbox()
    assert "Oolong tea" in shown and "New" in shown and "Tea Hill" in shown
    assert "You have chosen 4 products in Tea." in shown
    chinese = words_of(doors.lin.get("/creator/inbox", headers={"accept-language": "zh-hans"}))
    assert "您选过 4 件“茶”类商品。" in chinese
    lin = doors.town.shops["lin"].id
    assert Push.objects.get(shop_id=lin).looked_at is not None
    answer = doors.lin.post(f"/creator/pool/{doors.tea.id}", {"key": key(), "term": "margin", "word": "Good tea."})
    assert answer.status_code == 302
    assert Pick.objects.filter(shop_id=lin, product_id=doors.tea.id, word="Good tea.").exists()


def test_a_page_fetched_ahead_is_not_seen_and_who_asks_is_not_recorded(doors: Doors) -> None:
    lin = doors.town.shops["lin"].id
    doors.lin.get("/creator/inbox", headers={"sec-purpose": "prefetch"})
    assert Push.objects.get(shop_id=lin).looked_at is None and not Showing.objects.exists()
    doors.lin.get("/creator/inbox", headers={"dnt": "1"})
    assert Push.objects.get(shop_id=lin).looked_at is not None and not Showing.objects.exists()
    doors.inbox()
    assert Showing.objects.get().viewer_id == lin


def test_a_decline_leaves_the_inbox_and_can_be_taken_back(doors: Doors) -> None:
    doors.post(do="decline", why="price")
    assert "Oolong tea" not in doors.inbox() and "Oolong tea" in doors.inbox("?show=declined")
    doors.post(do="undo")
    assert "Oolong tea" in doors.inbox()
    doors.post(do="off")
    assert "You are told of no new goods." in doors.inbox()
    doors.post(do="on")
    assert "You are told of no new goods." not in doors.inbox()
    doors.post(do="decline", why="dull")
    assert "Oolong tea" in doors.inbox()
    assert doors.lin.get("/creator/inbox?cursor=nonsense").status_code == 422


def test_the_supplier_sees_numbers_and_creators_by_what_is_public(doors: Doors) -> None:
    doors.inbox()
    doors.post(do="decline")
    shown = words_of(doors.maker.get("/supplier/pushes"))
    assert "Oolong tea" in shown and "eclined" not in shown
    fitting = words_of(doors.maker.get(f"/supplier/goods/{doors.tea.id}/creators"))
    assert "@lin" in fitting and "@mei" in fitting and "@bo" not in fitting
    assert "4 products of Tea in its shop." in fitting
    assert doors.lin.get(f"/supplier/goods/{doors.tea.id}/creators").status_code in {302, 403, 404}
    assert Client().get("/creator/inbox").status_code == 302
