"""A few orders in Olist's own shape, made up, one for each thing that goes wrong; and where the real ones lie."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("RENMAI_DATA", ROOT.parent / "shared" / "data")) / "olist"

HEADERS = {
    "orders": "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date",
    "order_items": "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
    "order_payments": "order_id,payment_sequential,payment_type,payment_installments,payment_value",
    "customers": "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
    "products": "product_id,product_category_name",
    "order_reviews": "review_id,order_id,review_score,review_comment_title,review_comment_message,"
    "review_creation_date,review_answer_timestamp",
}
DAY = "2017-05-{:02d} {}".format


def order(name: str, status: str, *times: str) -> list[str]:
    """Return a row of orders; missing times are empty."""
    bought, approved, carrier, delivered = [*times, "", "", "", ""][:4]
    return [name, f"c-{name}", status, bought, approved, carrier, delivered, "2017-06-30 00:00:00"]


ORDERS = [
    order("plain", "delivered", DAY(1, "10:00:00"), DAY(1, "10:10:00"), DAY(2, "09:00:00"), DAY(5, "12:00:00")),
    order("parts", "delivered", DAY(1, "11:00:00"), DAY(3, "08:00:00"), DAY(4, "09:00:00"), DAY(9, "12:00:00")),
    order("over", "delivered", DAY(2, "10:00:00"), DAY(2, "10:05:00"), DAY(3, "09:00:00"), DAY(6, "12:00:00")),
    order("short", "delivered", DAY(2, "11:00:00"), DAY(2, "11:05:00"), DAY(3, "09:00:00"), DAY(6, "12:00:00")),
    order("late", "canceled", DAY(3, "10:00:00"), DAY(17, "10:00:01"), DAY(19, "09:00:00")),
    order("lateover", "delivered", DAY(3, "10:30:00"), DAY(18, "10:00:00"), DAY(19, "09:00:00"), DAY(20, "09:00:00")),
    order("justintime", "delivered", DAY(3, "11:00:00"), DAY(17, "10:59:59"), DAY(19, "09:00:00"), DAY(20, "09:00:00")),
    order("nolines", "unavailable", DAY(4, "10:00:00"), DAY(4, "10:05:00")),
    order("neverapproved", "canceled", DAY(4, "11:00:00")),
    order("cancelled", "canceled", DAY(5, "10:00:00"), DAY(5, "10:05:00")),
    order("backwards", "delivered", DAY(6, "10:00:00"), DAY(7, "09:30:00"), DAY(7, "09:00:00"), DAY(10, "12:00:00")),
    order("transit", "shipped", DAY(7, "10:00:00"), DAY(7, "10:05:00"), DAY(8, "09:00:00")),
]
ITEMS = [
    ["plain", "1", "cup", "ana", "", "10.00", "2.00"],
    ["plain", "2", "cup", "ana", "", "10.00", "2.50"],
    ["parts", "1", "cup", "ana", "", "12.00", "2.00"],
    ["parts", "2", "lamp", "rui", "", "30.00", "0.00"],
    *([name, "1", "lamp", "rui", "", "30.00", "5.00"] for name in ("over", "short", "late", "lateover", "justintime")),
    *([name, "1", "rope", "rui", "", "7.00", "1.00"] for name in ("cancelled", "backwards", "transit")),
]
PAYMENTS = [
    ["plain", "1", "credit_card", "3", "24.50"],
    ["parts", "2", "voucher", "1", "4.00"],
    ["parts", "1", "boleto", "1", "40.00"],
    ["parts", "3", "voucher", "1", "0.00"],
    ["over", "1", "credit_card", "1", "36.00"],
    ["short", "1", "credit_card", "1", "34.99"],
    ["late", "1", "credit_card", "1", "35.00"],
    ["lateover", "1", "debit_card", "1", "36.50"],
    ["justintime", "1", "credit_card", "1", "35.00"],
    ["nolines", "1", "credit_card", "1", "99.00"],
    ["neverapproved", "1", "voucher", "1", "1.00"],
    *([name, "1", "credit_card", "1", "8.00"] for name in ("cancelled", "backwards", "transit")),
]
REVIEWS = [
    ["r1", "plain", "5", "", "Otimo", "", DAY(6, "10:00:00")],
    ["r2", "plain", "1", "", "", "", DAY(7, "10:00:00")],
    ["r3", "late", "1", "", "", "", DAY(7, "10:00:00")],
    ["r4", "nolines", "2", "", "", "", DAY(7, "10:00:00")],
]
PRODUCTS = [["cup", "casa"], ["lamp", "luz"], ["rope", ""]]


def write_tables(folder: Path) -> Path:
    """Write the made-up tables as plain CSV; two orders are of the same person."""
    buyers = {"over": "person-plain"}
    customers = [[f"c-{row[0]}", buyers.get(row[0], f"person-{row[0]}"), "01234", "sao paulo", "SP"] for row in ORDERS]
    rows = {
        "orders": ORDERS,
        "order_items": ITEMS,
        "order_payments": PAYMENTS,
        "customers": customers,
        "products": PRODUCTS,
        "order_reviews": REVIEWS,
    }
    for name, header in HEADERS.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header.split(","), *rows[name]])
    return folder


def real_tables() -> Path:
    """Return the folder of the real tables, or skip (fail, with CI=true) saying where they were looked for."""
    if DATA.is_dir():
        return DATA
    reason = f"Olist's tables are not in {DATA}; set RENMAI_DATA to the folder that holds olist/"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason)
    pytest.skip(reason)
