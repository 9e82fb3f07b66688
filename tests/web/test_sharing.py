"""Sharing on pages: link, poster, words; why an order credits whom, to each of those concerned; previews and sitemap."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import BytesIO
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.places.posts.models import Post
from renmai.places.shops.models import Pick, Shop
from renmai.trade.orders.models import Order
from renmai.trade.referrals.actions import make_share_link, set_share_terms
from renmai.trade.referrals.models import Click, Referral, ShareLink
from renmai.trade.referrals.queries import share_rule_of
from renmai.web.buyer import followed
from renmai.web.buyer.previews import as_data
from tests.web.desk_world import key
from tests.web.operator_world import Desk, make_desk, signed_in


class Head(HTMLParser):
    """Collects what a page says of itself: metas, links, data blocks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.links: list[dict[str, str]] = []
        self.data: list[object] = []
        self._in_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta" and (name := found.get("property") or found.get("name")):
            self.metas[name] = found.get("content", "")
        if tag == "link":
            self.links.append(found)
        self._in_data = tag == "script" and found.get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data.append(json.loads(data))
            self._in_data = False


@pytest.fixture
def desk(house: None) -> Desk:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    made = make_desk(clock.now())
    shop = made.world.shops[0]
    add_membership(actor=Actor(), now=clock.now(), person_id=shop.owner_id, role="creator", subject_id=shop.id)
    set_share_terms(actor=made.world.creator(0), now=clock.now(), shop_id=shop.id, sharer_bps=1000)
    return made


def friend() -> Person:
    return Person.objects.create(email="friend@example.org", name="Ann", created_at=clock.now())


def post_of(desk: Desk) -> Post:
    shop, now = desk.world.shops[0], clock.now()
    return Post.objects.create(
        shop_id=shop.id, author_id=shop.owner_id, title="Spring tea", body="It is here.", state="published",
        published_at=now, created_at=now, changed_at=now,
    )  # fmt: skip


def buy(desk: Desk, client: Client) -> Order:
    pick, sku = desk.world.picks["mug"], desk.world.skus["mug"]
    client.post("/cart/lines", {"pick": str(pick.id), "sku": str(sku.id), "quantity": "1", "key": key()})
    line = f"{pick.id}.{sku.id}.1.6000"
    sent = {"to": str(desk.world.buyer_address), "method": "card", "line": line, "total": "6800", "key": key()}
    assert client.post("/checkout", sent).status_code == 302
    return Order.objects.order_by("-id")[0]


def test_a_friend_shares_another_buys_and_each_sees_why(desk: Desk) -> None:
    world, ann = desk.world, friend()
    sharer, pick = signed_in(ann), world.picks["mug"]
    made = sharer.post("/links", {"kind": "pick", "subject": str(pick.id)})
    link = ShareLink.objects.get()
    assert made["Location"] == f"/links/{link.token}"
    page = sharer.get(made["Location"]).content.decode()
    assert f"/s/{link.token}/poster-en.webp" in page and "5 days after somebody followed it" in page

    # Followed before signing in, in the same browser.
    buyer = signed_in(Person.objects.get(id=world.buyer.person_id))
    session = buyer.cookies.pop(settings.SESSION_COOKIE_NAME)
    assert buyer.get(f"/s/{link.token}")["Location"] == f"/picks/{pick.id}"
    assert Click.objects.get().person_id is None
    buyer.cookies[settings.SESSION_COOKIE_NAME] = session.value
    order = buy(desk, buyer)
    assert Click.objects.get().person_id == world.buyer.person_id
    assert Referral.objects.get().sharer_id == ann.id

    seen = buyer.get(f"/orders/{order.id}").content.decode()
    assert "This order credits <strong>Ann</strong>" in seen and "5 days after a link to a thing" in seen
    creator = signed_in(Person.objects.get(id=world.shops[0].owner_id))
    seen = creator.get(f"/creator/orders/{order.id}").content.decode()
    assert "The link of <strong>Ann</strong>" in seen
    seen = sharer.get("/links/sales").content.decode()
    assert (
        "brought this order" in seen and "buyer" not in re.sub(r"<head>.*?</head>", "", seen, flags=re.DOTALL).lower()
    )
    assert "What your links brought" in sharer.get("/links").content.decode()
    seen = signed_in(desk.operator).get(f"/operator/orders/{order.id}").content.decode()
    assert "The link of <strong>Ann</strong>" in seen
    zh = buyer.get(f"/orders/{order.id}?lang=zh-hans").content.decode()
    assert "这一单算 <strong>Ann</strong> 分享的" in zh


def test_a_preview_or_what_is_fetched_ahead_follows_nothing(desk: Desk) -> None:
    link = make_share_link(actor=Actor(friend().id), now=clock.now(), kind="shop", subject_id=desk.world.shops[0].id)
    address, to = f"/s/{link.token}", f"/@{desk.world.shops[0].handle}"
    for headers in (
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "Mozilla/5.0 (compatible; bingbot/2.0)"},
        {"Sec-Purpose": "prefetch;prerender"},
    ):
        found = Client(headers=headers).get(address)
        assert (found["Location"], found.cookies.get("renmai_visitor")) == (to, None)
    assert Client().head(address)["Location"] == to
    link.refresh_from_db()
    assert (link.clicks, Click.objects.count()) == (0, 0)
    inside = "Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.50"
    assert Client(headers={"User-Agent": inside}).get(address).cookies["renmai_visitor"]["httponly"]
    link.refresh_from_db()
    assert (link.clicks, Click.objects.count()) == (1, 1)


def test_a_machine_that_makes_up_browsers_stops_being_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "NEW_PER_HOUR_MAX", 2)
    link = make_share_link(actor=Actor(friend().id), now=clock.now(), kind="shop", subject_id=desk.world.shops[0].id)
    known = Client()
    for client in (known, Client(), Client()):
        assert client.get(f"/s/{link.token}").status_code == 302
    assert Click.objects.count() == 2
    known.get(f"/s/{link.token}")
    link.refresh_from_db()
    assert (link.clicks, Click.objects.count()) == (3, 2)


def test_nobody_else_sees_somebodys_link(desk: Desk) -> None:
    ann = friend()
    link = make_share_link(actor=Actor(ann.id), now=clock.now(), kind="shop", subject_id=desk.world.shops[0].id)
    buyer = signed_in(Person.objects.get(id=desk.world.buyer.person_id))
    assert (buyer.get(f"/links/{link.token}").status_code, signed_in(ann).get(f"/links/{link.token}").status_code) == (
        404,
        200,
    )
    assert buyer.post("/links", {"kind": "show", "subject": str(desk.world.shops[0].id)})["Location"] == "/links"


@pytest.mark.parametrize("kind", ["shop", "pick", "post"])
def test_a_poster_is_a_picture_of_its_link_for_everyone(desk: Desk, kind: str) -> None:
    world = desk.world
    subject = {"shop": world.shops[0].id, "pick": world.picks["mug"].id, "post": post_of(desk).id}[kind]
    link = make_share_link(actor=Actor(friend().id), now=clock.now(), kind=kind, subject_id=subject)
    address = f"/s/{link.token}/poster-en.webp"
    found = Client().get(address)
    image = Image.open(BytesIO(found.content))
    assert (image.format, image.width, found["Content-Type"]) == ("WEBP", 750, "image/webp")
    assert 500 < image.height <= 2000
    assert Client().get(address).content == found.content
    again = Client().get(address, headers={"If-None-Match": found["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().get(f"/s/{link.token}/poster-zh.webp")["ETag"] != found["ETag"]
    for wrong in (f"/s/{link.token}/poster-fr.webp", "/s/unknown/poster-en.webp"):
        assert Client().get(wrong).status_code == 404
    Shop.objects.filter(id=world.shops[0].id).update(name="Another name")
    assert Client().get(address)["ETag"] != found["ETag"]
    Shop.objects.filter(id=world.shops[0].id).update(open=False)
    assert Client().get(address).status_code == 404


def test_a_link_whose_thing_is_gone_leads_to_its_person(desk: Desk) -> None:
    pick = desk.world.picks["mug"]
    link = make_share_link(actor=Actor(friend().id), now=clock.now(), kind="pick", subject_id=pick.id)
    Pick.objects.filter(id=pick.id).update(removed_at=clock.now())
    assert Client().get(f"/s/{link.token}")["Location"] == f"/@{desk.world.shops[0].handle}"
    assert Client().get(f"/s/{link.token}/poster-zh.webp").status_code == 200
    Shop.objects.filter(id=link.shop_id).update(open=False)
    for address in (f"/s/{link.token}", "/s/unknown"):
        found = Client().get(address)
        assert (found.status_code, "This link leads nowhere any more" in found.content.decode()) == (404, True)
        assert found.cookies.get("renmai_visitor") is None


def test_a_closed_shop_shows_no_posters_that_are_not_there(desk: Desk) -> None:
    """Whoever shared it is told, and led back to the own links; the shop's people are told why there is nothing to send on."""
    ann, shop = friend(), desk.world.shops[0]
    link = make_share_link(actor=Actor(ann.id), now=clock.now(), kind="shop", subject_id=shop.id)
    add_membership(actor=Actor(), now=clock.now(), person_id=shop.owner_id, role="creator", subject_id=shop.id)
    make_share_link(actor=Actor(shop.owner_id), now=clock.now(), kind="shop", subject_id=shop.id)
    creator, hers = signed_in(Person.objects.get(id=shop.owner_id)), signed_in(ann)
    assert "poster-en.webp" in creator.get("/creator/links").content.decode()
    Shop.objects.filter(id=shop.id).update(open=False)
    assert hers.get(f"/links/{link.token}")["Location"] == "/links"
    assert "for now it leads nowhere" in hers.get("/links").content.decode()
    page = creator.get("/creator/links").content.decode()
    assert "Your shop is closed" in page and "poster-en.webp" not in page and "Make a link and a poster" not in page


def test_a_creator_sets_windows_and_makes_links(desk: Desk) -> None:
    shop = desk.world.shops[0]
    creator = signed_in(Person.objects.get(id=shop.owner_id))
    page = creator.get("/creator/sharing").content.decode()
    assert "orders within 5 days credits its sharer" in page
    sent = {
        "share": "10",
        "product_days": "7",
        "content_order_days": "45",
        "binding": "1",
        "binding_days": "60",
        "own": "0",
    }
    assert creator.post("/creator/sharing", sent | {"key": key()}).status_code == 302
    rule = share_rule_of(shop.id)
    assert (rule.windows.product_days, rule.windows.product_order_days, rule.windows.content_order_days) == (7, 20, 45)
    assert rule.binding and not rule.own
    refused = creator.post("/creator/sharing", {"share": "10", "product_days": "91", "key": key()})
    assert refused.status_code == 422 and share_rule_of(shop.id) == rule
    made = creator.post("/creator/links", {"kind": "shop", "subject": str(shop.id)})
    assert made["Location"] == f"/links/{ShareLink.objects.get().token}"
    assert ShareLink.objects.get().token in creator.get("/creator/links").content.decode()
    assert creator.post("/creator/links", {"kind": "shop", "subject": str(desk.world.shops[1].id)}).status_code == 404


# --- previews


def test_a_pick_says_what_it_is_to_other_places(desk: Desk) -> None:
    pick, shop = desk.world.picks["mug"], desk.world.shops[0]
    Pick.objects.filter(id=pick.id).update(word='I like </script><script>alert("x")</script> & it')
    html = Client().get(f"/picks/{pick.id}").content.decode()
    head = Head(html)
    assert "<script>alert" not in html
    (thing,) = head.data
    assert isinstance(thing, dict)
    assert (thing["@type"], thing["@context"]) == ("Product", "https://schema.org")
    assert thing["description"] == 'I like </script><script>alert("x")</script> & it'
    assert (thing["offers"]["price"], thing["offers"]["priceCurrency"]) == ("60.00", "CNY")
    assert thing["offers"]["availability"].endswith("/InStock")
    assert thing["offers"]["seller"]["url"].endswith(f"/@{shop.handle}")
    canonical = next(link["href"] for link in head.links if link.get("rel") == "canonical")
    assert canonical.endswith(f"/picks/{pick.id}") and head.metas["og:url"] == canonical
    assert (head.metas["og:type"], head.metas["product:price:amount"], head.metas["twitter:card"]) == (
        "product", "60.00", "summary_large_image" if head.metas.get("og:image") else "summary",
    )  # fmt: skip
    languages = {link["hreflang"]: link["href"] for link in head.links if link.get("rel") == "alternate"}
    assert set(languages) == {"en", "zh-Hans", "x-default"}
    assert 'lang="zh-hans"' in Client().get(f"/picks/{pick.id}?lang=zh-hans").content.decode()


def test_the_door_says_whose_house_it_is_and_where_to_search(desk: Desk) -> None:
    head = Head(Client().get("/").content.decode())
    (site,) = head.data
    assert isinstance(site, dict) and site["@type"] == "WebSite"
    where = site["potentialAction"]["target"]["urlTemplate"]
    assert where.endswith("/search?q={words}") and where.startswith(head.metas["og:url"])
    assert (head.metas["og:type"], head.metas["twitter:card"]) == ("website", "summary")


def test_people_posts_and_makers_say_it_too(desk: Desk) -> None:
    shop, post = desk.world.shops[0], post_of(desk)
    (page,) = Head(Client().get(f"/@{shop.handle}").content.decode()).data
    assert isinstance(page, dict) and (page["@type"], page["mainEntity"]["@type"]) == ("ProfilePage", "Person")
    head = Head(Client().get(f"/posts/{post.id}").content.decode())
    (article,) = head.data
    assert isinstance(article, dict) and (article["@type"], article["headline"]) == ("Article", "Spring tea")
    assert head.metas["og:type"] == "article" and head.metas["article:published_time"] == article["datePublished"]


def test_a_data_block_cannot_be_ended_from_within() -> None:
    text = str(as_data({"name": "</script><!-- \u2028 &"}))
    assert not {"<", ">", "&", "\u2028"} & set(text)
    assert json.loads(text)["name"] == "</script><!-- \u2028 &"


def test_robots_find_what_everyone_may_see(desk: Desk) -> None:
    post = post_of(desk)
    robots = Client().get("/robots.txt").content.decode()
    assert "Disallow: /checkout" in robots and "/sitemap.xml" in robots
    # A link that is sent on shows its preview: the robot that draws it may follow, and lists nothing under that name.
    assert "Disallow: /s/" not in robots
    made = make_share_link(actor=desk.world.buyer, now=clock.now(), kind="post", subject_id=post.id)
    assert Client().get(f"/s/{made.token}")["X-Robots-Tag"] == "noindex"
    index = ElementTree.fromstring(Client().get("/sitemap.xml").content)
    files = [each.text or "" for each in index.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    places = []
    for file in files:
        tree = ElementTree.fromstring(Client().get("/" + file.split("/", 3)[3]).content)
        places += [each.text or "" for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    paths = {"/" + place.split("/", 3)[3] for place in places}
    expected = {f"/@{shop.handle}" for shop in desk.world.shops} | {f"/posts/{post.id}"}
    assert expected <= paths and {f"/picks/{pick.id}" for pick in desk.world.picks.values()} <= paths
    Shop.objects.filter(id=desk.world.shops[0].id).update(hidden_at=clock.now())
    start = re.search(r"sitemap-people-([0-9a-f-]+)\.xml", " ".join(files))
    assert start
    left = Client().get(f"/sitemap-people-{UUID(start[1])}.xml").content.decode()
    assert desk.world.shops[0].handle not in left
    assert Client().get(f"/sitemap-other-{start[1]}.xml").status_code == 404
