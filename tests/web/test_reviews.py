"""Reviews on pages: written from an order, read beside goods, voted for, answered at desks; at a constant cost."""

from __future__ import annotations

import json
import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.people.accounts.actions import make_token
from renmai.people.accounts.models import Membership, Person
from renmai.trade.orders.models import Order, OrderLine
from renmai.trust.reviews.models import Review, ReviewAskDeclined
from tests.api.desk import Caller
from tests.trade.world import NOW, World, make_world, person
from tests.trust.test_reviews import arrived, line_of
from tests.web.desk_world import a_picture


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def signed_in(person_id: UUID | None) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=person_id))
    return client


def statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def many(world: World, count: int) -> None:
    mug = world.picks["mug"]
    for n in range(count):
        Review.objects.create(
            order_id=UUID(int=n + 1), line_id=UUID(int=n + 1), product_id=mug.product_id, shop_id=mug.shop_id,
            supplier_id=world.suppliers[0].id, buyer_id=person(f"w{n}@example.org").id, score=1 + n % 5,
            words=f"Words {n}", at=NOW, rank_at=NOW,
        )  # fmt: skip


def test_a_buyer_writes_from_the_order_with_pictures_and_changes_once(world: World) -> None:
    order = arrived(world)
    line, buyer = line_of(order), signed_in(world.buyer.person_id)
    Order.objects.filter(id=order.id).update(received_at=NOW)
    address = f"/orders/{order.id}/lines/{line.id}/review"
    assert address in buyer.get(f"/orders/{order.id}").content.decode()
    assert f"/orders/{order.id}/reviews" in buyer.get("/orders").content.decode()
    assert buyer.get(f"/orders/{order.id}/reviews")["Location"] == address
    picture = SimpleUploadedFile("p.png", a_picture().getvalue(), "image/png")
    refused = buyer.post(address, {"words": "Nice", "pictures": [picture]})
    assert refused.status_code == 422 and "Choose from one star to five." in refused.content.decode()
    kept = re.search(r'name="kept" value="([\w-]+)"', refused.content.decode())
    assert kept and not Review.objects.exists()
    done = buyer.post(address, {"score": "4", "words": "Nice", "kept": [kept[1]]})
    review = Review.objects.get()
    assert done["Location"] == f"/reviews/{review.id}"
    assert [str(p.media_id) for p in review.pictures.all()] == [kept[1]]
    assert buyer.get(address)["Location"] == f"/reviews/{review.id}"
    page = Client().get(f"/picks/{world.picks['mug'].id}").content.decode()
    assert "Nice" in page and ">b***<" in page and "buyer@" not in page
    change = f"/reviews/{review.id}/change"
    buyer.post(change, {"score": "2", "words": "Broke", "named": "on", "kept": [kept[1]], "gone": [kept[1]]})
    review.refresh_from_db()
    assert (review.score, review.words, review.named, review.pictures.count()) == (2, "Broke", True, 0)
    page = Client().get(f"/reviews/{review.id}").content.decode()
    assert "Broke" in page and "Nice" in page and "What it said before" in page and ">buyer<" in page


def test_others_do_not_write_change_or_add(world: World) -> None:
    order = arrived(world)
    line = line_of(order)
    other = signed_in(person("other@example.org").id)
    assert other.post(f"/orders/{order.id}/lines/{line.id}/review", {"score": "1"}).status_code == 404
    many(world, 1)
    review = Review.objects.get()
    for path in ("change", "more"):
        assert (
            other.post(f"/reviews/{review.id}/{path}", {"score": "1", "words": "x", "key": "k" * 32}).status_code == 404
        )
    review.refresh_from_db()
    assert (review.score, review.more_at, Review.objects.count()) == (1, None, 1)


def test_lists_filter_sort_and_page_and_say_what_counts_less(world: World) -> None:
    many(world, 25)
    Review.objects.filter(order_id=UUID(int=1)).update(weight_bps=0, reasons=[{"code": "own", "n": 0}])
    mug = world.picks["mug"]
    page = Client().get(f"/picks/{mug.id}/reviews").content.decode()
    assert "1 of 25 reviews count less" in page and page.count('class="review"') + page.count("review--less") == 20
    after = re.search(r'href="\?cursor=([\w-]+)', page)
    assert after
    assert (
        Client().get(f"/picks/{mug.id}/reviews?cursor={after[1]}").content.decode().count('<article class="review') == 5
    )
    stars = Client().get(f"/picks/{mug.id}/reviews?stars=5&sort=newest").content.decode()
    assert stars.count('<article class="review') == 5
    assert "None like that" in Client().get(f"/picks/{mug.id}/reviews?pictures=1").content.decode()
    for address in (f"/@{world.shops[0].handle}/reviews", f"/makers/{world.suppliers[0].id}/reviews"):
        assert Client().get(address).content.decode().count('<article class="review') == 20
    data = re.search(r'ld\+json">(.*?)</script>', Client().get(f"/picks/{mug.id}").content.decode(), re.DOTALL)
    assert data
    rating = json.loads(data[1])["aggregateRating"]
    assert (rating["ratingValue"], rating["reviewCount"]) == ("3.1", 25)
    assert "aggregateRating" not in Client().get(f"/picks/{world.picks['tea'].id}").content.decode()


@pytest.mark.parametrize("count", [2, 19])
def test_a_list_costs_the_same_however_long(world: World, count: int) -> None:
    many(world, count)
    assert statements(Client(), f"/picks/{world.picks['mug'].id}/reviews") == 10
    owner = world.shops[0].owner_id
    Membership.objects.create(person_id=owner, role="creator", subject_id=world.shops[0].id, created_at=NOW)
    assert statements(signed_in(owner), "/creator/reviews") == statements(signed_in(owner), "/creator/reviews")


def test_people_vote_and_sides_answer(world: World) -> None:
    many(world, 1)
    review = Review.objects.get()
    fan = signed_in(person("fan@example.org").id)
    back = f"/picks/{world.picks['mug'].id}/reviews"
    assert fan.post(f"/reviews/{review.id}/votes", {"do": "give", "next": back})["Location"] == back
    assert Client().post(f"/reviews/{review.id}/votes").status_code == 302
    review.refresh_from_db()
    assert review.helpful == 1
    owner = world.shops[0].owner_id
    Membership.objects.create(person_id=owner, role="creator", subject_id=world.shops[0].id, created_at=NOW)
    maker = person("kiln@example.org").id
    Membership.objects.create(person_id=maker, role="supplier", subject_id=world.suppliers[0].id, created_at=NOW)
    for person_id, desk in ((owner, "creator"), (maker, "supplier")):
        client = signed_in(person_id)
        assert "Words 0" in client.get(f"/{desk}/reviews").content.decode()
        address = f"/{desk}/reviews/{review.id}"
        assert client.post(address, {"words": "Thanks from " + desk, "key": desk.ljust(32, "0")}).status_code == 302
        assert "Nothing waits for your answer" in client.get(f"/{desk}/reviews?view=waiting").content.decode()
        assert fan.get(address).status_code == 404
    page = Client().get(f"/reviews/{review.id}").content.decode()
    assert "Thanks from creator" in page and "Thanks from supplier" in page and "The maker answers" in page


def test_own_reviews_and_not_being_asked(world: World) -> None:
    buyer = signed_in(world.buyer.person_id)
    assert "No review yet" in buyer.get("/me/reviews").content.decode()
    order = arrived(world)
    assert f"/orders/{order.id}/lines/" in buyer.get("/me/reviews").content.decode()
    buyer.post("/me/reviews", {"asking": "no"})
    assert ReviewAskDeclined.objects.get().person_id == world.buyer.person_id
    buyer.post("/me/reviews", {"asking": "yes"})
    assert not ReviewAskDeclined.objects.exists()


def caller(person_id: UUID | None) -> Caller:
    """One who calls the API with a token that may buy; each answer is held against the document."""
    return Caller(make_token(actor=Actor(person_id), now=clock.now(), name="t", scopes=["buy"])[1])


def test_by_the_api(world: World) -> None:
    order = arrived(world, mug=1, tea=1)
    mug = OrderLine.objects.filter(order=order, kind="goods").order_by("id")[0]
    buyer, fan = caller(world.buyer.person_id), caller(person("fan@example.org").id)
    review_id = buyer.do("POST", f"/lines/{mug.id}/review", {"score": 5, "words": "Whole."})["id"]
    assert buyer.refused("POST", f"/lines/{mug.id}/review", {"score": 1})["code"] == "review.already"
    product = Review.objects.get().product_id
    shown = Caller().get(f"/products/{product}/reviews", order="newest", limit=5)
    assert [(r["id"], r["score"], r["words"], r["writer"]) for r in shown["items"]] == [
        (review_id, 5, "Whole.", "b***")
    ]
    assert Caller().get(f"/products/{product}/reviews/summary")["mean_x100"] == 500
    assert fan.do("PUT", f"/reviews/{review_id}/vote") == {"helpful": 1}
    assert fan.do("DELETE", f"/reviews/{review_id}/vote") == {"helpful": 0}
    assert buyer.refused("PUT", f"/reviews/{review_id}/vote")["code"] == "review.own"
    assert buyer.do("PUT", f"/reviews/{review_id}", {"score": 3, "words": "Hm."})["before_words"] == "Whole."
    assert fan.refused("PUT", f"/reviews/{review_id}", {"score": 1})["code"] == "not_found"
    assert buyer.do("POST", f"/reviews/{review_id}/more", {"words": "Still."})["more"] == "Still."
    assert len(buyer.get("/me/reviews")["items"]) == 1 and fan.get("/me/reviews")["items"] == []
