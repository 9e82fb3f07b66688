"""Addresses of the buyer's pages."""

from django.urls import path

from renmai.web.buyer import account, cart, cases, checkout, drops, help, invoices, links, orders, paying, people

urlpatterns = [
    path("", people.people, name="people"),
    path("@<str:handle>", people.shop, name="shop"),
    path("picks/<uuid:pick_id>", people.pick, name="pick"),
    path("cart", cart.cart, name="cart"),
    path("cart/lines", cart.lines, name="cart_lines"),
    path("cart/line", cart.line, name="cart_line"),
    path("cart/pending", cart.pending, name="cart_pending"),
    path("checkout", checkout.checkout, name="checkout"),
    path("checkouts/<uuid:checkout_id>", checkout.checkout_state, name="checkout_state"),
    path("checkouts/<uuid:checkout_id>/payment", checkout.payment, name="checkout_payment"),
    path("checkouts/<uuid:checkout_id>/cancellation", checkout.cancellation, name="checkout_cancellation"),
    path("drops/<uuid:drop_id>", drops.drop, name="drop"),
    path("drops/<uuid:drop_id>/line", drops.waiting, name="drop_line"),
    path("pay/<slug:gateway>", paying.pay, name="pay"),
    path("orders", orders.orders, name="orders"),
    path("orders/<uuid:order_id>", orders.order, name="order"),
    path("orders/<uuid:order_id>/receipt", orders.receipt, name="order_receipt"),
    path("orders/<uuid:order_id>/refund", orders.refund, name="order_refund"),
    path("orders/<uuid:order_id>/lines/<uuid:line_id>/case", cases.opening, name="case_opening"),
    path("cases", cases.cases, name="cases"),
    path("cases/<uuid:case_id>", cases.one, name="case"),
    path("help/cases", help.cases, name="help_cases"),
    path("orders/<uuid:order_id>/invoice", invoices.order_invoice, name="order_invoice"),
    path("invoices/<uuid:invoice_id>/file", invoices.invoice_file, name="invoice_file"),
    path("s/<str:token>", links.follow, name="follow_link"),
    path("links", links.links, name="links"),
    path("links/earnings", links.earnings, name="links_earnings"),
    path("links/earnings/statement.csv", links.statement, name="links_statement"),
    path("links/earnings/statement.pdf", links.statement_pdf, name="links_statement_pdf"),
    path("links/papers", links.papers, name="links_papers"),
    path("addresses", account.addresses, name="addresses"),
    path("addresses/<uuid:address_id>/removal", account.address_removal, name="address_removal"),
    path("tokens", account.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revocation", account.token, name="token_revocation"),
]
