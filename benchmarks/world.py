"""Set-based worlds for benchmarks: suppliers, products, shops, picks and buyers by the thousand."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from benchmarks.house import empty_house, execute

WORLD = """
insert into goods_category (id, slug, name, name_zh, cap_multiple_bps, withdrawal_days)
values ('00000000-0000-7000-8000-00000000000c', 'home', 'Home', '家居', 30000, 7);
insert into goods_supplier (id, name, name_zh, story, story_zh, town, country, licence_number, contact_email,
                            freight_minor, hand_over_hours, state, created_at)
select gen_random_uuid(), 'Supplier ' || n, '', '', '', '', 'CN', '', '', %(freight)s, 48, 'approved', now()
from generate_series(1, greatest(1, %(products)s / 50)) n;
insert into goods_product (id, supplier_id, category_id, handle, title, title_zh, body, body_zh, option_names,
                           commission_bps, margin_allowed, state, created_at, approved_at)
select gen_random_uuid(), s.id, '00000000-0000-7000-8000-00000000000c', 'p' || n, 'Product ' || n, '商品 ' || n, '', '',
       '[]', case when n %% 2 = 0 then 2000 end, true, 'approved', now(), now() - n * interval '1 second'
from generate_series(1, %(products)s) n
join (select id, row_number() over (order by id) as r, count(*) over () as c from goods_supplier) s on s.r = 1 + n %% s.c;
insert into goods_sku (id, product_id, code, options, options_zh, supply_price_minor, price_minor, floor_price_minor,
                       currency, position, active)
select gen_random_uuid(), id, '1', '{}', '{}', 4000, 8800, 5000, 'CNY', 0, true from goods_product;
insert into goods_stock (sku_id, received, sold, held) select id, 100000000, 0, 0 from goods_sku;
insert into goods_stockreceipt (id, sku_id, quantity, reason, at) select gen_random_uuid(), id, 100000000, 'bench', now() from goods_sku;
insert into people_person (id, email, name, password, locale, is_active, factor_secret, factor_last_step, created_at)
select gen_random_uuid(), 'p' || n || '@example.org', 'Buyer ' || n, '!', 'en', true, '', 0, now()
from generate_series(1, %(buyers)s) n;
insert into people_address (id, person_id, recipient, phone, region, city, street, postcode, country, created_at)
select gen_random_uuid(), id, name, '000', 'ZJ', 'Hangzhou', '1 Lake Road', '310000', 'CN', now() from people_person;
insert into places_shop (id, owner_id, handle, name, name_zh, words, words_zh, open, created_at)
select gen_random_uuid(), p.id, 'shop' || p.r, 'Shop ' || p.r, '', '', '', true, now()
from (select id, row_number() over (order by id) as r from people_person) p where p.r <= %(shops)s;
insert into places_pick (id, shop_id, product_id, term, commission_bps, word, word_zh, position, removed_why, created_at)
select gen_random_uuid(), s.id, p.id, 'commission', 2000, 'Good.', '', 0, '', now()
from (select id, row_number() over (order by id) as r from goods_product) p
join (select id, row_number() over (order by id) as r, count(*) over () as c from places_shop) s on s.r = 1 + p.r %% s.c;
"""


@dataclass
class World:
    """What a load generator needs to know."""

    buyers: list[UUID]
    addresses: list[UUID]
    goods: list[tuple[UUID, UUID]]


def make_world(*, products: int, shops: int = 1, buyers: int = 500, freight_minor: int = 0) -> World:
    """Fill an empty house; every product is picked once, on commission."""
    empty_house()
    for statement in WORLD.split(";\n"):
        if statement.strip():
            execute(statement, {"products": products, "shops": shops, "buyers": buyers, "freight": freight_minor})
    execute("analyze")
    with connection.cursor() as cursor:
        cursor.execute("select a.person_id, a.id from people_address a order by a.id")
        people = cursor.fetchall()
        cursor.execute(
            "select k.id, s.id from places_pick k join goods_sku s on s.product_id = k.product_id order by s.id"
        )
        goods = cursor.fetchall()
    return World([p for p, _ in people], [a for _, a in people], goods)
