"""Addresses of credit for everyone."""

from django.urls import path

from renmai.web.credit import house, public, receipts

urlpatterns = [
    path("credit", house.log_page, name="credit"),
    path("credit/of/<slug:pseudonym>", public.seller, name="credit_of"),
    path("credit/receipts/<uuid:fact_id>", receipts.receipt_file, name="credit_receipt"),
]
