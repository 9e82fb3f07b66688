"""Addresses of the agency's console, below /agency."""

from django.urls import path

from renmai.web.agency import creators, earnings, orders, today

urlpatterns = [
    path("", today.home, name="agency_home"),
    path("/creators", creators.creators, name="agency_creators"),
    path("/contracts/<uuid:contract_id>", creators.contract, name="agency_contract"),
    path("/orders", orders.orders, name="agency_orders"),
    path("/orders/<uuid:paid_id>", orders.one, name="agency_order"),
    path("/earnings", earnings.earnings, name="agency_earnings"),
    path("/earnings/statement.csv", earnings.statement, name="agency_statement"),
    path("/earnings/statement.pdf", earnings.statement_pdf, name="agency_statement_pdf"),
    path("/papers", earnings.papers, name="agency_papers"),
]
