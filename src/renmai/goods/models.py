"""The tables of this wing, gathered for Django."""

from renmai.goods.products.models import Category, Product, ProductImport, ProductPicture, Sku, Stock, StockReceipt
from renmai.goods.screening.models import Decision, Evidence
from renmai.goods.suppliers.models import Supplier

__all__ = [
    "Category",
    "Decision",
    "Evidence",
    "Product",
    "ProductImport",
    "ProductPicture",
    "Sku",
    "Stock",
    "StockReceipt",
    "Supplier",
]
