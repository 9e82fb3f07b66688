"""Write the demo world into an empty house, through the actions that people use."""

from __future__ import annotations

import io
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import orjson
from django.contrib.auth.hashers import make_password
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from renmai.cli.demo import content, draw
from renmai.cli.demo.agencies import open_camp, set_fees
from renmai.cli.demo.cases import open_cases
from renmai.cli.demo.chargebacks import go_wrong
from renmai.cli.demo.console import keep_shops
from renmai.cli.demo.content.shapes import Creator, Product, Supplier
from renmai.cli.demo.credit import sign_credit
from renmai.cli.demo.credit_effects import let_credit_act
from renmai.cli.demo.customers import know_customers
from renmai.cli.demo.folk import gather
from renmai.cli.demo.history import live_through
from renmai.cli.demo.house_rules import keep_order
from renmai.cli.demo.invoices import ask_for_invoices
from renmai.cli.demo.market import draw_makers, found_brands, lay_out
from renmai.cli.demo.matched import learn, match
from renmai.cli.demo.on_air.past import remember_shows
from renmai.cli.demo.papers import (
    apply_in_part,
    go_on_screening,
    mark_of,
    pay_deposits,
    refuse_one,
    show_papers,
    write_lists,
)
from renmai.cli.demo.passports import bring_passports
from renmai.cli.demo.plans import plan_and_invite
from renmai.cli.demo.posts import draw_posts, post_notes
from renmai.cli.demo.products import describe_goods, keep_house
from renmai.cli.demo.promotions import promote
from renmai.cli.demo.recalls import take_back
from renmai.cli.demo.reviews import draw_shots, say_what_it_was
from renmai.cli.demo.sharing import pass_on
from renmai.cli.demo.shows import draw_shows, plan_shows
from renmai.cli.demo.sources import share_goods
from renmai.cli.demo.talks import write_messages
from renmai.cli.demo.world import LOGINS, PASSWORD, World
from renmai.config import config
from renmai.goods.catalogue.imports import import_products
from renmai.goods.products import models as goods
from renmai.goods.products.actions import name_options
from renmai.goods.products.pictures import add_picture
from renmai.goods.screening.actions import screen_product, screen_supplier
from renmai.goods.suppliers.actions import apply_supplier, set_freight
from renmai.kit.access import SYSTEM, Actor, require_person
from renmai.kit.media.actions import store_picture
from renmai.kit.money import to_decimal
from renmai.matching.search.actions import refresh_all
from renmai.people.accounts.actions import grant_role
from renmai.people.accounts.lane import add_address
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.places.shops.actions import change_shop, open_shop, pick_product

DAYS_BEFORE = 45


def is_built() -> bool:
    """Return whether the demo world stands already."""
    return Person.objects.filter(email=LOGINS[0].email).exists()


def build_world(*, now: datetime, console: Console) -> None:
    """Build everything: about a dozen suppliers, 60 products, eight shops, and orders in every state up to `now`."""
    start = now - timedelta(days=DAYS_BEFORE)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=console) as bars, ProcessPoolExecutor(2) as artists:
        world = World(operator=_person(LOGINS[3].email, "Qiao 乔", start, operator=True))
        _categories()
        write_lists(world, start)
        drawn = {p.key: artists.submit(draw.draw_product, p.kind, p.palette, p.seed, 1000) for p in content.PRODUCTS}
        faces = {c.handle: artists.submit(draw.draw_face, c.face_seed) for c in content.CREATORS}
        covers = {c.handle: artists.submit(draw.draw_cover, c.cover_seed, c.palette) for c in content.CREATORS}
        makers = draw_makers(artists)
        shots = draw_posts(artists)
        posters = draw_shows(artists)
        at_home = draw_shots(artists)
        for supplier in bars.track(content.SUPPLIERS, description="suppliers"):
            _supplier(world, supplier, start, now)
        pay_deposits(world, start + timedelta(hours=5))
        found_brands(world, makers, mark_of, start)
        for product in bars.track(content.PRODUCTS, description="products and pictures"):
            _product(world, product, drawn[product.key].result(), start, now)
        describe_goods(world, start + timedelta(hours=17))
        for creator in bars.track(content.CREATORS, description="creators and picks"):
            _creator(world, creator, faces[creator.handle].result(), covers[creator.handle].result(), start)
        _buyers(world, start)
        _person(LOGINS[4].email, "Zhou 周", start)
        open_camp(world, start)
        live_through(world, start=start, now=now, bars=bars)
        keep_house(world, now)
        set_fees(world, now)
        promote(world, now)
        gather(world, now)
        say_what_it_was(world, at_home, now)
        share_goods(world, now)
        lay_out(world, now)
        plan_and_invite(world, now)
        ask_for_invoices(world, now)
        write_messages(world, now)
        take_back(world, now)
        open_cases(world, now)
        go_wrong(world, now)
        post_notes(world, shots, now)
        pass_on(world, now)
        remember_shows(world, now)
        plan_shows(world, posters, now)
        go_on_screening(world, now)
        _applicants(world, now)
        know_customers(world, now)
        keep_shops(world, start, now)
        keep_order(world.operator, _person, now)
        match(world, now)
        sign_credit(now)
        bring_passports(world, now)
        let_credit_act(world, now)
        refresh_all(now=now)
        learn(world, now)


def _person(email: str, name: str, at: datetime, *, locale: str = "en", operator: bool = False) -> Actor:
    known = email in {login.email for login in LOGINS}
    password = make_password(PASSWORD) if known else "!"
    person = Person.objects.create(email=email, name=name, locale=locale, password=password, created_at=at)
    if operator:
        grant_role(actor=SYSTEM, now=at, person_id=person.id, role="operator")
    return actor_of(person, confirmed=operator)


def _again(actor: Actor) -> Actor:
    return actor_of(Person.objects.get(pk=require_person(actor)))


def _categories() -> None:
    goods.Category.objects.bulk_create(
        [
            goods.Category(
                slug=c.slug,
                name=c.name_en,
                name_zh=c.name_zh,
                cap_multiple_bps=c.cap_multiple_bps,
                withdrawal_days=c.withdrawal_days,
            )
            for c in content.CATEGORIES
        ],
        ignore_conflicts=True,
    )


def _supplier(world: World, it: Supplier, at: datetime, until: datetime) -> None:
    first = not world.suppliers
    actor = _person(LOGINS[2].email if first else f"{it.key}@demo.renmai", it.name_en, at)
    row = apply_supplier(
        actor=actor, now=at, name=it.name_en, name_zh=it.name_zh, story=it.story_en, story_zh=it.story_zh,
        town=it.town_en, licence_number=f"DEMO-{it.key.upper()}", contact_email=f"{it.key}@demo.renmai",
    )  # fmt: skip
    actor = _again(actor)
    show_papers(it, actor, row.id, at, until)
    set_freight(actor=actor, now=at, supplier_id=row.id, freight_minor=it.freight_minor)
    screen_supplier(
        actor=world.operator, now=at + timedelta(hours=3), supplier_id=row.id, verdict="approved",
        reason="Licence matches the register; visited by video.",
    )  # fmt: skip
    world.suppliers[it.key] = (row.id, actor)
    _import(world, it, actor, row.id, at + timedelta(hours=4))
    show_papers(it, actor, row.id, at + timedelta(hours=5), until)  # what its categories ask for


def _import(world: World, it: Supplier, actor: Actor, supplier_id: UUID, at: datetime) -> None:
    own = [product for product in content.PRODUCTS if product.supplier == it.key]
    lines = b"\n".join(orjson.dumps(_line(product)) for product in own)
    report = import_products(
        actor=actor, now=at, supplier_id=supplier_id, stream=io.BytesIO(lines), file_name=f"{it.key}.jsonl"
    )
    if report.rows_bad:
        raise RuntimeError(f"the demo's own file has bad rows: {report.bad[:3]}")
    rows = goods.Product.objects.filter(supplier_id=supplier_id).values_list("handle", "id")
    world.products.update({handle: product_id for handle, product_id in rows})


def _line(it: Product) -> dict[str, object]:
    def price(minor: int) -> str:
        return str(to_decimal(minor, config().currency))

    return {
        "handle": it.key,
        "title": it.title_en,
        "title_zh": it.title_zh,
        "body": it.description_en,
        "body_zh": it.description_zh,
        "category": it.category,
        "commission_percent": None if it.commission_bps is None else it.commission_bps / 100,
        "options": [it.option_en] if len(it.variants) > 1 else [],
        "variants": [
            {
                "sku": it.sku(n),
                "options": {it.option_en: v.value_en} if len(it.variants) > 1 else {},
                "price": price(v.suggested_price_minor),
                "supply_price": price(v.supply_price_minor),
                "floor_price": price(v.floor_price_minor),
                "stock": v.stock,
            }
            for n, v in enumerate(it.variants)
        ],
    }


def _product(world: World, it: Product, picture: bytes, at: datetime, until: datetime) -> None:
    _, actor = world.suppliers[it.supplier]
    product_id = world.products[it.key]
    media = store_picture(data=picture, name=f"{it.key}.webp", actor=actor, now=at)
    add_picture(actor=actor, now=at, product_id=product_id, media_id=media.id, alt=it.title_en)
    codes = {it.sku(n): v for n, v in enumerate(it.variants)}
    for sku in goods.Sku.objects.filter(product_id=product_id) if len(it.variants) > 1 else ():
        name_options(actor=actor, now=at, sku_id=sku.id, options_zh={it.option_zh: codes[sku.code].value_zh})
    if it.key in _waiting():
        return
    maker = next(one for one in content.SUPPLIERS if one.key == it.supplier)
    show_papers(maker, actor, product_id, at + timedelta(hours=5), until)
    screen_product(
        actor=world.operator, now=at + timedelta(hours=6, minutes=Random(it.key).randrange(600)), product_id=product_id,
        verdict="approved", reason="Texts and price band checked against the sample.",
    )  # fmt: skip


def _waiting() -> list[str]:
    """Return the goods that still wait for the operator: two that nobody has picked."""
    picked = {pick.product for creator in content.CREATORS for pick in creator.picks}
    return [product.key for product in content.PRODUCTS if product.key not in picked][:2]


def _applicants(world: World, now: datetime) -> None:
    """A supplier that waits for the operator, a document missing; and one that was refused."""
    at = now - timedelta(hours=2)
    paper, gate = content.APPLICANTS
    actor = _person("ferry.street@demo.renmai", paper.name_en, at)
    row = apply_supplier(
        actor=actor, now=at, name=paper.name_en, name_zh=paper.name_zh, town=paper.town_en, story=paper.story_en,
        story_zh=paper.story_zh, licence_number="DEMO-FERRY-STREET", contact_email="ferry.street@demo.renmai",
    )  # fmt: skip
    apply_in_part(paper, _again(actor), row.id, at)
    refuse_one(world, gate, _person("north.gate@demo.renmai", gate.name_en, now - timedelta(days=6)), now)


def _creator(world: World, it: Creator, face: bytes, cover: bytes, at: datetime) -> None:
    first = not world.shops
    actor = _person(LOGINS[1].email if first else f"{it.handle}@demo.renmai", it.name, at)
    media = store_picture(data=face, name="face.webp", actor=actor, now=at)
    shop = open_shop(
        actor=actor, now=at, handle=it.handle, name=it.name, name_zh=it.name_zh, words=it.words_en,
        words_zh=it.words_zh, face_id=media.id,
    )  # fmt: skip
    actor = _again(actor)
    banner = store_picture(data=cover, name="cover.webp", actor=actor, now=at)
    change_shop(actor=actor, now=at, shop_id=shop.id, cover_id=banner.id)
    world.shops[it.handle] = (shop.id, actor)
    products = {product.key: product for product in content.PRODUCTS}
    for n, pick in enumerate(it.picks):
        product_id = world.products[pick.product]
        prices = None
        if pick.term == "margin":
            by_code = {products[pick.product].sku(i): v for i, v in enumerate(products[pick.product].variants)}
            skus = goods.Sku.objects.filter(product_id=product_id)
            prices = {sku.id: pick.price_minor(by_code[sku.code]) for sku in skus}
        row = pick_product(
            actor=actor, now=at + timedelta(hours=18, minutes=n), shop_id=shop.id, product_id=product_id, term=pick.term,
            word=pick.word_en, word_zh=pick.word_zh, prices=prices,
        )  # fmt: skip
        world.picks[(it.handle, pick.product)] = row.id


def _buyers(world: World, at: datetime) -> None:
    for n, it in enumerate(content.BUYERS):
        email = LOGINS[0].email if n == 0 else f"{it.key}@demo.renmai"
        actor = _person(email, it.name, at, locale="zh-hans" if it.locale == "zh" else "en")
        fields = {
            "recipient": it.name, "phone": it.phone, "region": it.province, "city": it.city,
            "street": f"{it.district} {it.address}", "postcode": it.postcode, "country": "CN",
        }  # fmt: skip
        world.buyers.append((actor, add_address(actor=actor, now=at, fields=fields)))
