"""`renmai import`: real articles as the files people have, exact counts; refusals as exit codes and sentences."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from django.db import connection

from renmai.goods.catalogue.models import ProductImport
from renmai.goods.products.models import Product, ProductChange, Sku, Stock
from renmai.goods.suppliers.models import Supplier
from tests.cli.olist import ROOT
from tests.goods.pool import category, supplier

DATA = Path(os.environ.get("RENMAI_DATA", ROOT.parent / "shared" / "data"))
HEAD = ("Handle", "Title", "Variant SKU", "Variant Inventory Qty", "Variant Price", "Cost per item")


def real(name: str) -> Path:
    """Return a folder of real data, or skip (fail, with CI=true) saying where it was looked for."""
    if (DATA / name).is_dir():
        return DATA / name
    pytest.skip(f"{name} is not in {DATA}; set RENMAI_DATA to the folder that holds it")


@pytest.fixture
def kiln(house: None) -> Supplier:
    category("home")
    return supplier("Kiln")


def run(*argv: str) -> tuple[int, str, str]:
    """Run the real command in a process of its own, on the test's database."""
    told = connection.settings_dict
    url = f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"
    done = subprocess.run(
        [sys.executable, "-m", "renmai.cli.main", "import", *argv],
        env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def counts(path: Path, *more: str) -> tuple[int, dict[str, Any]]:
    code, out, err = run(str(path), "--supplier", "kiln", "--json", *more)
    assert out, err
    told = json.loads(out.splitlines()[-1])
    return code, {name: told[name] for name in ("new", "changed", "same", "rows_bad")} | {"bad": told["bad"]}


def test_refusals_are_sentences_and_exit_codes(kiln: Supplier, tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text(",".join(HEAD) + "\nmug,Mug,m,1,50,25\nodd,Odd,o,1,x,25\n")
    code, out, _ = run(str(file), "--supplier", "Kiln", "--preview")
    assert (code, Product.objects.count()) == (3, 0)
    assert "f.csv for Kiln: 1 products would be new, 0 changed, 0 the same; 1 rows are bad." in out
    assert '  row 3, Variant Price: Variant Price: "x" is not a number' in out and "  mug: new nothing -> Mug" in out
    assert run(str(file), "--supplier", str(kiln.id))[0] == 3
    assert (Product.objects.get().handle, ProductImport.objects.get().rows_bad) == ("mug", 1)
    for argv, said in (
        ((str(file), "--supplier", "Nobody"), 'There is no supplier called "Nobody". Give its id.'),
        ((str(tmp_path / "none"), "--supplier", "Kiln"), "cannot be opened: No such file or directory."),
        ((str(file), "--supplier", "Kiln", "--supply-bps", "0"), "A supply share is between"),
    ):
        code, _, err = run(*argv)
        assert code == 1 and said in err


def test_a_shop_of_2465_products_as_a_merchant_feed_and_json_lines(kiln: Supplier, tmp_path: Path) -> None:
    with gzip.open(real("retail-demo-products") / "products.jsonl.gz", "rt") as lines:
        products = [json.loads(line) for line in lines]
    feed, told = tmp_path / "feed.xml", tmp_path / "goods.jsonl"
    feed.write_text(
        '<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>'
        + "".join(_item(product) for product in products)
        + "</channel></rss>"
    )
    told.write_text("".join(json.dumps(_line(product)) + "\n" for product in products))
    assert counts(feed) == (3, {"new": 0, "changed": 0, "same": 0, "rows_bad": 2465, "bad": counts(feed)[1]["bad"]})
    assert counts(feed, "--supply-bps", "5000") == (0, {"new": 2465, "changed": 0, "same": 0, "rows_bad": 0, "bad": []})
    assert counts(feed, "--supply-bps", "5000")[1]["same"] == 2465
    assert (Product.objects.count(), Sku.objects.count()) == (2465, 2465)
    assert sum(Stock.objects.values_list("received", flat=True)) == sum(int(p["current_stock"]) for p in products)
    code, found = counts(told)  # the same goods without pictures or brand: the shop's other export
    assert (code, found["new"], found["changed"] + found["same"], found["rows_bad"]) == (0, 0, 2465, 0)


def _item(product: dict[str, Any]) -> str:
    return (
        f"<item><g:id>{product['id']}</g:id><title>{escape(product['name'])}</title>"
        f"<description>{escape(product['description'])}</description><g:price>{product['price']:.2f} CNY</g:price>"
        f"<g:product_type>{escape(product['category'])} &gt; {escape(product['style'])}</g:product_type>"
        f"<g:availability>in_stock</g:availability><g:quantity>{product['current_stock']}</g:quantity></item>\n"
    )


def _line(product: dict[str, Any]) -> dict[str, Any]:
    price = Decimal(str(product["price"]))
    variant = {
        "sku": product["id"],
        "price": f"{price:.2f}",
        "supply_price": f"{price / 2:.2f}",
        "stock": product["current_stock"],
    }
    return {"handle": product["id"], "title": product["name"], "category": product["category"], "variants": [variant]}


@pytest.mark.proof
def test_3645_stock_codes_of_a_wholesaler_with_prices_and_stock_after(kiln: Supplier, tmp_path: Path) -> None:
    articles = _articles(real("uci-online-retail") / "transactions.csv.gz")
    assert len(articles) == 3645
    goods = tmp_path / "goods.csv"
    _write(goods, HEAD, [(code, name, code, 5, price, _half(price)) for code, (name, price) in articles.items()])
    code, found = counts(goods)
    codes = {bad["code"] for bad in found["bad"]}
    # Codes that differ only in case are one handle; 120 were never sold for money, others never named.
    assert code == 3 and codes <= {"price.zero", "title.missing", "product.handle_again", "handle.shape"}, codes
    assert found["new"] + found["rows_bad"] == 3645 and found["new"] == Product.objects.count() > 3_300
    known = list(Sku.objects.order_by("code").values_list("code", flat=True))
    stock, prices = tmp_path / "stock.csv", tmp_path / "prices.csv"
    _write(stock, ("SKU", "Stock"), [(sku, 7) for sku in known])
    _write(prices, ("SKU", "Price"), [(sku, str(articles[sku][1] + Decimal("0.01"))) for sku in known])
    assert counts(stock, "--kind", "stock")[1] == {"new": 0, "changed": len(known), "same": 0, "rows_bad": 0, "bad": []}
    assert counts(stock, "--kind", "stock")[1]["same"] == len(known)
    assert counts(prices, "--kind", "prices")[1]["changed"] == len(known)
    assert set(Stock.objects.values_list("received", flat=True)) == {7}
    assert ProductChange.objects.filter(field="available").count() == len(known)
    assert ProductChange.objects.filter(field="price_minor").count() == len(known)


def _articles(path: Path) -> dict[str, tuple[str, Decimal]]:
    found: dict[str, tuple[str, Decimal]] = {}
    with gzip.open(path, "rt") as lines:
        for row in csv.DictReader(lines):
            name, price = found.get(row["StockCode"], ("", Decimal(0)))
            told = Decimal(row["UnitPrice"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
            found[row["StockCode"]] = (name or row["Description"].strip(), max(price, told))
    return found


def _half(price: Decimal) -> Decimal:
    return max(Decimal("0.01"), (price / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)) if price > 0 else price


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
