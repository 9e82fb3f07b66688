"""The demo's brands with their faces and proofs, its pallets, and samples in every state."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.cli.demo import content, draw
from renmai.cli.demo.content.shapes import Supplier
from renmai.cli.demo.world import World
from renmai.goods.brands.actions import add_proof, change_brand, make_brand, submit_brand
from renmai.goods.pallets.actions import make_pallet, publish_pallet, put_item
from renmai.goods.products.brand import set_brand
from renmai.goods.products.models import Product
from renmai.goods.samples.actions import (
    approve_sample,
    deliver_sample,
    reject_sample,
    request_sample,
    ship_sample,
    sign_sample,
)
from renmai.goods.screening.brand_actions import add_certificate, add_link, screen_brand
from renmai.kit.access import Actor
from renmai.kit.media.actions import store_document, store_picture
from renmai.people.accounts.lane import add_address

Licence = Callable[[Supplier], bytes]


@dataclass(frozen=True, slots=True)
class Maker:
    """A brand of the demo: whose, since when, whose face, and one thing it can show. `owner` None: the supplier's own mark."""

    supplier: str
    founded: int
    face_seed: int
    proof: str
    proof_zh: str
    issuer: str
    owner: str | None = None
    state: str = "approved"


MAKERS = (
    Maker(
        "lantern-hill",
        1986,
        27,
        "Pesticide residue test, 2026 spring",
        "2026 春茶农残检测",
        "County Tea Institute 县茶叶所",
    ),
    Maker(
        "white-kiln", 2014, 3, "Lead and cadmium release test", "铅镉溶出检测", "Ceramics Quality Centre 陶瓷质检中心"
    ),
    Maker("red-gate", 1998, 11, "Food production licence", "食品生产许可证", "Market Regulation Bureau 市场监管局"),
    Maker(
        "cloud-ridge", 2009, 51, "Hives visited in March", "三月蜂场探访", "Renmai 人脉", owner="Cloud Ridge Beekeepers"
    ),
)


def draw_makers(artists: Executor) -> dict[str, tuple[Future[bytes], Future[bytes]]]:
    """Begin to draw a face and a cover for every maker."""
    palettes = {it.key: it.palette for it in content.SUPPLIERS}
    return {
        it.supplier: (
            artists.submit(draw.draw_face, it.face_seed),
            artists.submit(draw.draw_cover, it.face_seed, palettes[it.supplier]),
        )
        for it in MAKERS
    }


def found_brands(
    world: World, drawn: dict[str, tuple[Future[bytes], Future[bytes]]], licence: Licence, at: datetime
) -> None:
    """Make, prove, authorise and approve the brands, and put them on the goods that wait for screening."""
    for it in MAKERS:
        face, cover = drawn[it.supplier]
        brand_id = _brand(world, it, face.result(), cover.result(), licence, at)
        _, actor = world.suppliers[it.supplier]
        own = [product.key for product in content.PRODUCTS if product.supplier == it.supplier]
        for key in own:
            set_brand(actor=actor, now=at + timedelta(hours=5), product_id=world.products[key], brand_id=brand_id)
    _waiting_brand(world, licence, at)


def _brand(world: World, it: Maker, face: bytes, cover: bytes, licence: Licence, at: datetime) -> UUID:
    supplier = next(one for one in content.SUPPLIERS if one.key == it.supplier)
    supplier_id, actor = world.suppliers[it.supplier]
    brand = make_brand(
        actor=actor, now=at, supplier_id=supplier_id, slug=it.supplier, founded=it.founded, name=supplier.name_en,
        name_zh=supplier.name_zh, owner=it.owner or supplier.name_en, mark_number=f"{it.founded}7781",
        story=supplier.story_en, story_zh=supplier.story_zh, town=supplier.town_en,
    )  # fmt: skip
    pictures = {
        "face_id": store_picture(data=face, name="face.webp", actor=actor, now=at).id,
        "cover_id": store_picture(data=cover, name="cover.webp", actor=actor, now=at).id,
    }
    change_brand(actor=actor, now=at, brand_id=brand.id, **pictures)
    add_proof(
        actor=actor, now=at, brand_id=brand.id, title=it.proof, title_zh=it.proof_zh, issuer=it.issuer,
        number=f"T-{it.founded}-{it.face_seed}", issued_on=date(at.year - 1, 4, 12),
    )  # fmt: skip
    document = store_document(data=licence(supplier), name="mark.pdf", actor=actor, now=at)
    add_certificate(actor=actor, now=at, brand_id=brand.id, media_id=document.id, number=f"{it.founded}7781")
    if it.owner:
        add_link(
            actor=actor, now=at, brand_id=brand.id, supplier_id=supplier_id, grantor=it.owner, grantee=supplier.name_en,
            media_id=document.id, valid_until_on=date(at.year + 2, 12, 31),
        )  # fmt: skip
    submit_brand(actor=actor, now=at + timedelta(hours=1), brand_id=brand.id)
    screen_brand(
        actor=world.operator, now=at + timedelta(hours=4), brand_id=brand.id, verdict="approved",
        reason="Mark found in the register; the chain is whole. 商标与授权链已核验。",
    )  # fmt: skip
    return brand.id


def _waiting_brand(world: World, licence: Licence, at: datetime) -> None:
    """A brand that waits for the operator: its chain does not reach the supplier yet."""
    key = content.SUPPLIERS[0].key
    supplier_id, actor = world.suppliers[key]
    brand = make_brand(
        actor=actor, now=at, supplier_id=supplier_id, name="Second Flush", name_zh="二水",
        owner="Songyang Tea Growers' Union", town="Songyang, Zhejiang", founded=2021,
        story="Summer leaf that nobody wanted, rolled and roasted as our grandparents did.",
        story_zh="没人要的夏茶，照老法子揉捻烘焙。",
    )  # fmt: skip
    document = store_document(data=licence(content.SUPPLIERS[0]), name="mark.pdf", actor=actor, now=at)
    add_certificate(actor=actor, now=at, brand_id=brand.id, media_id=document.id, number="20217781")
    submit_brand(actor=actor, now=at, brand_id=brand.id)


def lay_out(world: World, now: datetime) -> None:
    """Publish a starter pallet and one of the first supplier's, and leave a draft; then samples."""
    at = now - timedelta(days=9)
    words: dict[str, tuple[str, str, str]] = {
        pick.product: (pick.word_en, pick.word_zh, pick.term) for one in content.CREATORS for pick in one.picks
    }
    known = [p for p in content.PRODUCTS if p.key in words and _sold(world.products[p.key])]
    starter = make_pallet(
        actor=world.operator, now=at, title="A shelf to begin with", title_zh="新手第一架", starter=True,
        words="Everyday things that are easy to show and rarely come back. Take the ones you would use yourself.",
        words_zh="日用、好展示、很少退货。挑你自己也会用的。",
    )  # fmt: skip
    by_supplier: dict[str, list[str]] = {}
    for product in known:
        by_supplier.setdefault(product.supplier, []).append(product.key)
    _fill(world, world.operator, starter.id, [keys[0] for keys in by_supplier.values()][:9], words, at)
    publish_pallet(actor=world.operator, now=at, pallet_id=starter.id)
    first = content.SUPPLIERS[0].key
    supplier_id, actor = world.suppliers[first]
    own = make_pallet(
        actor=actor, now=at, supplier_id=supplier_id, title="The whole year's tea", title_zh="一年四季的茶",
        words="From the first pick of spring to the roasted autumn leaf.", words_zh="从头春到秋焙。",
    )  # fmt: skip
    _fill(world, actor, own.id, by_supplier[first], words, at)
    publish_pallet(actor=actor, now=at, pallet_id=own.id)
    make_pallet(actor=actor, now=now, supplier_id=supplier_id, title="For the New Year", title_zh="年货")
    _samples(world, by_supplier, now)


def _sold(product_id: UUID) -> bool:
    return Product.objects.filter(id=product_id, state="approved").exists()


def _fill(
    world: World, actor: Actor, pallet_id: UUID, keys: list[str], words: dict[str, tuple[str, str, str]], at: datetime
) -> None:
    for key in keys:
        word, word_zh, term = words[key]
        put_item(
            actor=actor, now=at, pallet_id=pallet_id, product_id=world.products[key], term=term, word=word, word_zh=word_zh
        )  # fmt: skip


PLANS = (
    ("requested", "A morning film: kettle, leaf, first cup. 拍一条早晨的短片：烧水、投茶、第一杯。"),
    ("signed", "I brew it beside the one I sell now. 和我现在卖的那款并排泡给大家看。"),
    ("done", "A tasting with my mother, who is hard to please. 和嘴很挑的妈妈一起试喝。"),
    ("approved", "For Thursday's evening about gifts. 周四晚的礼物专场。"),
    ("shipped", "Unpacking it without cuts, from parcel to table. 不剪辑开箱，从包裹到餐桌。"),
    ("rejected", "I would like to try everything. 我什么都想试试。"),
)


def _samples(world: World, by_supplier: dict[str, list[str]], now: datetime) -> None:
    """Ask for samples of the first supplier's goods and, for the first creator, of the second's, one in each state."""
    (first, second), shops = list(by_supplier)[:2], list(world.shops)
    addresses: dict[str, UUID] = {}
    asked: set[tuple[str, str]] = set()
    for number, (state, words) in enumerate(PLANS):
        handle = shops[0] if number < 3 else shops[number % len(shops)]
        supplier = second if number == 1 else first
        # Not what the shop sells already (its next sale would finish the sample), and nothing twice within a week.
        left = [key for key in by_supplier[supplier] if (handle, key) not in asked]
        free = [key for key in left if (handle, key) not in world.picks] or left
        key = free[number % len(free)]
        asked.add((handle, key))
        at = now - timedelta(days=6 - number)
        if handle not in addresses:
            addresses[handle] = _address(world.shops[handle][1], at)
        to = (*world.shops[handle], addresses[handle])
        _sample(world, to, supplier, key, state, words, at)


def _address(creator: Actor, at: datetime) -> UUID:
    fields = {
        "recipient": creator.name, "phone": "139 0000 0000", "region": "Zhejiang", "city": "Hangzhou",
        "street": "18 Willow Lane 柳巷 18 号", "postcode": "310000", "country": "CN",
    }  # fmt: skip
    return add_address(actor=creator, now=at, fields=fields)


def _sample(
    world: World, to: tuple[UUID, Actor, UUID], supplier: str, key: str, state: str, words: str, at: datetime
) -> None:
    shop_id, creator, address_id = to
    _, maker = world.suppliers[supplier]
    made = request_sample(
        actor=creator, now=at, shop_id=shop_id, product_id=world.products[key], address_id=address_id, words=words
    )
    by_maker: dict[str, Any] = {"actor": maker, "sample_id": made.id}
    later = at + timedelta(hours=5)
    if state == "rejected":
        reject_sample(
            **by_maker, now=later, reason="Please choose one thing, and tell us for whom. 请选一款，并说明给谁看。"
        )
        return
    stages = ["requested", "approved", "shipped", "signed", "done"]
    reached = stages.index(state)
    if reached >= 1:
        approve_sample(**by_maker, now=later)
    if reached >= 2:
        ship_sample(**by_maker, now=later, carrier="SF Express 顺丰", tracking=f"SF13{made.id.int % 10**8:08d}")
    if reached >= 3:
        sign_sample(actor=creator, now=later + timedelta(days=1), sample_id=made.id)
    if reached >= 4:
        url = "https://video.example.org/notes/mother-tastes-tea"
        deliver_sample(actor=creator, now=later + timedelta(days=2), sample_id=made.id, url=url)
