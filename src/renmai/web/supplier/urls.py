"""Addresses of the supplier's console, below /supplier."""

from django.urls import path

from renmai.web.desks.recalls import recalls_page
from renmai.web.supplier import (
    cases,
    company,
    coupons,
    dispatch,
    earnings,
    freight,
    goods,
    imports,
    parcels,
    sellers,
    today,
)

urlpatterns = [
    path("", today.home, name="supplier_home"),
    path("/apply", today.another, name="supplier_apply"),
    path("/company", company.company, name="supplier_company"),
    path("/goods", goods.goods, name="supplier_goods"),
    path("/goods/<uuid:product_id>", goods.one, name="supplier_product"),
    path("/imports", imports.imports, name="supplier_imports"),
    path("/imports/template.csv", imports.template, name="supplier_template"),
    path("/imports/<uuid:import_id>", imports.one, name="supplier_import"),
    path("/imports/<uuid:import_id>/bad.csv", imports.bad_rows, name="supplier_import_bad"),
    path("/parcels", parcels.parcels, name="supplier_parcels"),
    path("/parcels/<uuid:parcel_id>/hand-over", parcels.handing_over, name="supplier_hand_over"),
    path("/parcels/<uuid:parcel_id>/delivery", parcels.delivery, name="supplier_delivery"),
    path("/parcels/pick-list.pdf", dispatch.pick_list, name="supplier_pick_list"),
    path("/parcels/slips.pdf", dispatch.slips, name="supplier_slips"),
    path("/parcels/tracking", dispatch.tracking, name="supplier_tracking"),
    path("/parcels/tracking.csv", dispatch.tracking_template, name="supplier_tracking_template"),
    path("/parcels/<uuid:parcel_id>/label", dispatch.label, name="supplier_label"),
    path("/sellers", sellers.sellers, name="supplier_sellers"),
    path("/orders/<uuid:order_id>", parcels.order, name="supplier_order"),
    path("/recalls", recalls_page("supplier"), name="supplier_recalls"),
    path("/cases", cases.cases, name="supplier_cases"),
    path("/cases/<uuid:case_id>", cases.one, name="supplier_case"),
    path("/coupons", coupons.coupons, name="supplier_coupons"),
    path("/coupons/new", coupons.new, name="supplier_coupon_new"),
    path("/freight", freight.freight, name="supplier_freight"),
    path("/earnings", earnings.earnings, name="supplier_earnings"),
    path("/earnings/statement.csv", earnings.statement, name="supplier_statement"),
    path("/earnings/statement.pdf", earnings.statement_pdf, name="supplier_statement_pdf"),
    path("/papers", earnings.papers, name="supplier_papers"),
]
