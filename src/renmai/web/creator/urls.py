"""Addresses of the creator's console, below /creator."""

from django.urls import path

from renmai.web.creator import (
    cases,
    coupons,
    drops,
    earnings,
    orders,
    pallets,
    picks,
    pool,
    samples,
    shares,
    shop,
    today,
)
from renmai.web.desks.recalls import recalls_page

urlpatterns = [
    path("", today.home, name="creator_home"),
    path("/open", shop.another, name="creator_open"),
    path("/handle", shop.handle, name="creator_handle"),
    path("/shop", shop.edit, name="creator_shop"),
    path("/pool", pool.pool, name="creator_pool"),
    path("/pool/<uuid:product_id>", pool.one, name="creator_product"),
    path("/pool/<uuid:product_id>/quote", pool.quotes, name="creator_quote"),
    path("/pool/<uuid:product_id>/sample", samples.new, name="creator_sample_new"),
    path("/pallets", pallets.pallets, name="creator_pallets"),
    path("/pallets/<uuid:pallet_id>", pallets.one, name="creator_pallet"),
    path("/samples", samples.samples, name="creator_samples"),
    path("/samples/<uuid:sample_id>", samples.one, name="creator_sample"),
    path("/picks", picks.picks, name="creator_picks"),
    path("/picks/<uuid:pick_id>", picks.one, name="creator_pick"),
    path("/picks/<uuid:pick_id>/removal", picks.removal, name="creator_pick_removal"),
    path("/orders", orders.orders, name="creator_orders"),
    path("/orders/<uuid:order_id>", orders.one, name="creator_order"),
    path("/recalls", recalls_page("creator"), name="creator_recalls"),
    path("/cases", cases.cases, name="creator_cases"),
    path("/cases/<uuid:case_id>", cases.one, name="creator_case"),
    path("/coupons", coupons.coupons, name="creator_coupons"),
    path("/coupons/new", coupons.new, name="creator_coupon_new"),
    path("/drops", drops.drops, name="creator_drops"),
    path("/drops/new", drops.new, name="creator_drop_new"),
    path("/drops/<uuid:drop_id>", drops.one, name="creator_drop"),
    path("/sharing", shares.sharing, name="creator_sharing"),
    path("/agency", shares.agency, name="creator_agency"),
    path("/contracts/<uuid:contract_id>", shares.contract, name="creator_contract"),
    path("/earnings", earnings.earnings, name="creator_earnings"),
    path("/earnings/statement.csv", earnings.statement, name="creator_statement"),
    path("/earnings/statement.pdf", earnings.statement_pdf, name="creator_statement_pdf"),
    path("/papers", earnings.papers, name="creator_papers"),
]
