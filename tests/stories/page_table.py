"""Every page of the house, who is shown it, and the address at which the tests' world has something to show there.

Pages come from the route table, so a new one is found by itself. What is fetched and not read is left out by its ending or by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from renmai.goods.brands.models import Brand
from renmai.kit import clock
from renmai.people.follows.models import FriendLink
from renmai.people.moderation.models import Report
from renmai.places.posts.models import Comment, Post, PostPick
from renmai.places.shops.models import Pick
from renmai.trade.orders.models import Order, OrderLine
from tests.stories.page_matching import fill_matching
from tests.stories.page_shows import open_shows
from tests.web.intruder_world import House, make_house
from tests.web.test_intruder import Try, table

FILES = (".csv", ".ics", ".pdf", ".xml", ".json", ".txt", ".js", ".png", ".webp", ".webmanifest", ".ico")
NO_PAGES = {
    "api/", "healthz", "readyz", "invoices/<uuid:invoice_id>/file", "media/<uuid:media_id>", "media/<uuid:media_id>/<int:size>",
    "app/offline/<slug:language>",  # the offline page has a story of its own
    "live/<uuid:show_id>/goods", "live/<uuid:show_id>/bag", "creator/shows/<uuid:show_id>/studio/now",  # parts of a page
    "creator/handle", "operator/cases/<uuid:case_id>/preview",  # parts of a page
    "credit/receipts/<uuid:fact_id>", "credit/schemas",  # files
}  # fmt: skip
# What nobody is shown here, and why: the page that says so is looked at.
NOT_SHOWN = {
    "pay/<slug:gateway>": "asks a payment provider, and none is there",
    "creator/credit/effects/<uuid:effect_id>/appeal": "the effect there is concerns the supplier",
    "creator/credit/appeals/<uuid:appeal_id>": "and so does the appeal",
    "creator/credit/facts/<uuid:fact_id>/appeal": "and so does the fact",
}
# Faces that say that there is nothing.
MISSING = {"/nowhere"}
# Of the roles that come in, whom the world lets see most.
ORDER = ("operator", "supplier", "creator", "agency", "creator:content", "creator:service")
NAMES = {
    "creator:content": "content",
    "creator:service": "service",
    "owner": "creator",
    "person": "buyer",
    "public": "buyer",
}
# What has more than one face, or is not in the table: visitor -> addresses.
FACES = {
    "anonymous": ("/", "/ui", "/ui?shell=console", "/cart", "/nowhere", "/@{handle}", "/picks/{pick_id}",
        "/live/{live_show_id}"),
    "buyer": (
        "/live/{planned_show_id}", "/live/{ended_show_id}", "/creator", "/supplier", "/search?q=tea", "/orders/{paid_id}",
        "/orders/{order_id}/lines/{line_id}/case?reason=damaged", "/me/known?show=looked",
    ),
    "creator": (
        "/creator/orders?state=expired", "/creator/cases?view=all", "/creator/pool?q=mug",
        "/creator/pool/compare?ids={pool_product_id}&ids={mug_id}", "/posts/{post_id}",
        "/creator/shows/{planned_show_id}", "/creator/shows/{ended_show_id}", "/creator/shows/{live_show_id}/studio",
        "/creator/shows/{ended_show_id}/studio", "/live/{live_show_id}", "/me/known?of={shop_id}",
        "/creator/inbox?show=picked", "/creator/inbox?show=declined",
    ),
    "supplier": ("/supplier/parcels?state=received", "/supplier/goods/new?category={category_id}"),
    "operator": (
        "/operator/cases?view=all", "/operator/matching?list=centre",
        "/operator/matching/experiments/{better_experiment_id}", "/operator/matching/experiments/{equal_experiment_id}",
        "/operator/matching/experiments/{early_experiment_id}", "/operator/screening?what=products", "/operator/samples?state=",
        "/operator/moderation?view=down", "/operator/orders/{paid_id}", "/operator/products/{mug_id}/sources",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to look at: whose eyes, what it is called here, its address, and whether it is there."""

    who: str
    name: str
    address: str
    shown: bool = True


def open_house() -> tuple[House, dict[str, dict[str, str]]]:
    """Return the intruders' house, and for each route whose victims are hidden the ids of something open to all."""
    house = make_house()
    ids, now = house.ids, clock.now()
    brand = Brand.objects.create(
        supplier_id=ids["supplier_id"], slug="open-brand", name="Kiln", owner="Kiln", story="Nine kilns on one hill.",
        state="approved", created_at=now, approved_at=now,
    )  # fmt: skip
    post = Post.objects.create(
        shop_id=ids["shop_id"], author_id=ids["person_id"], title="What I drink in the morning", body="Tea.\n\n[[1]]\n\nThen more.",
        circle_id=ids["circle_id"], state="published", published_at=now, created_at=now, changed_at=now,
    )  # fmt: skip
    PostPick.objects.create(post=post, position=1, pick_id=ids["pick_id"])
    Comment.objects.create(post=post, author_id=ids["person_id"], words="The same here.", at=now)
    Report.objects.create(
        subject_kind="post",
        subject_id=post.id,
        owner_id=ids["person_id"],
        reporter_id=ids["follow_id"],
        reason="spam",
        at=now,
    )
    FriendLink.objects.create(person_id=ids["person_id"], token="a-friend-of-all", at=now)
    ids |= open_shows(ids)
    operator = house.people["operator"].person
    assert operator is not None
    ids |= fill_matching(ids | {"operator_id": operator.id})
    ids["mug_id"] = str(Pick.objects.get(id=ids["pick_id"]).product_id)
    Order.objects.filter(id=ids["paid_id"]).update(state="received", received_at=now)
    arrived = OrderLine.objects.filter(order_id=ids["paid_id"], kind="goods")[0]
    reported = {"kind": "post", "thing_id": str(post.id)}
    circle = {"slug": ids["circle_slug"]}
    return house, {
        "brands/<slug:slug>": {"slug": brand.slug},
        "clips/<uuid:clip_id>": {"clip_id": ids["shown_clip_id"]},
        "creator/shows/<uuid:show_id>/report": {"show_id": ids["ended_show_id"]},
        "live/<uuid:show_id>": {"show_id": ids["live_show_id"]},
        "circles/<slug:slug>": circle,
        "circles/<slug:slug>/people": circle,
        "friends/<str:token>": {"token": "a-friend-of-all"},
        "operator/moderation/<slug:kind>/<uuid:thing_id>": reported,
        "orders/<uuid:order_id>/lines/<uuid:line_id>/review": {"order_id": ids["paid_id"], "line_id": str(arrived.id)},
        "posts/<uuid:post_id>": {"post_id": str(post.id)},
        "posts/<uuid:post_id>/comments": {"post_id": str(post.id)},
        "report/<slug:kind>/<uuid:thing_id>": reported,
        "s/<str:token>": {"token": ids["link_token"]},
        "supplier/goods/<uuid:product_id>/creators": {"product_id": ids["new_product_id"]},
    }


def pages() -> list[Try]:
    """Every route of the pages that answers to GET."""
    own = [way for way in table()[0] if way.method == "GET" and not way.api]
    return [way for way in own if way.path not in NO_PAGES and not way.path.endswith(FILES)]


def visitor(way: Try) -> str:
    """The name of whom the world lets see it."""
    if way.path == "sign-in":
        return "anonymous"
    if way.path.startswith("creator/shows/<"):
        return "creator"  # any person may have a part in a show; here it is the creator's
    role = next((role for role in ORDER if role in way.audiences), way.audiences[0])
    return NAMES.get(role, role)


def visits(house: House, leads: dict[str, dict[str, str]], *who: str) -> list[Visit]:
    """Return what these visitors look at. A creator sees what is in the pool, the house's pallets are for all."""
    ids, found = house.ids, []
    for way in pages():
        name = visitor(way)
        if name in who:
            own = dict(ids)
            if name == "creator":
                own["product_id"] = ids["pool_product_id"]
            if name in {"creator", "operator"}:
                own["pallet_id"] = ids["house_pallet_id"]
            address = way.address(own | leads.get(way.path, {}))
            found.append(Visit(name, way.path, address, way.path not in NOT_SHOWN))
    for name in who:
        found += [Visit(name, face, face.format_map(ids), face not in MISSING) for face in FACES.get(name, ())]
    return found


def everybody() -> set[str]:
    """Return all visitors that any page asks for."""
    return {visitor(way) for way in pages()} | set(FACES)
