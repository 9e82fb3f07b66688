"""Addresses of the operator's pages."""

from django.urls import path

from renmai.web.operator import exceptions, ledger, money, orders, payouts, products, suppliers, terms, today

urlpatterns = [
    path("", today.today, name="operator"),
    path("/check", today.check, name="operator_check"),
    path("/suppliers", suppliers.queue, name="operator_suppliers"),
    path("/suppliers/<uuid:supplier_id>", suppliers.supplier, name="operator_supplier"),
    path("/products", products.queue, name="operator_products"),
    path("/products/<uuid:product_id>", products.product, name="operator_product"),
    path("/orders", orders.found, name="operator_orders"),
    path("/orders/<uuid:order_id>", orders.order, name="operator_order"),
    path("/exceptions", exceptions.found, name="operator_exceptions"),
    path("/exceptions/<uuid:exception_id>", exceptions.exception, name="operator_exception"),
    path("/payouts", payouts.queue, name="operator_payouts"),
    path("/payouts/<uuid:payout_id>", payouts.payout, name="operator_payout"),
    path("/money", money.money, name="operator_money"),
    path("/books", money.books, name="operator_books"),
    path("/ledger", ledger.accounts, name="operator_ledger"),
    path("/ledger/<str:account>", ledger.account, name="operator_account"),
    path("/terms", terms.terms, name="operator_terms"),
    path("/terms/<slug:name>", terms.term, name="operator_term"),
]
