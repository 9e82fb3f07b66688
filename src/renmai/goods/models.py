"""The tables of this wing, gathered for Django."""

from renmai.goods.suppliers.models import Supplier
from renmai.goods.products.models import Category, Product, ProductImport, ProductPicture, Sku, Stock, StockReceipt
from renmai.goods.screening.models import Decision, Evidence
