"""The tables of this wing, gathered for Django."""

from renmai.goods.brands.models import AuthorisationLink, Brand, BrandProof
from renmai.goods.catalogue.models import ProductImport, Pull
from renmai.goods.pallets.models import Pallet, PalletItem
from renmai.goods.plans.models import Invitation, Plan, PlanShop, RateChange
from renmai.goods.products.models import (
    Category,
    CategoryAttribute,
    LowStock,
    Product,
    ProductChange,
    ProductPicture,
    Sku,
    Stock,
    StockReceipt,
    Warehouse,
    WarehouseStock,
)
from renmai.goods.recalls.models import Recall
from renmai.goods.samples.models import Sample
from renmai.goods.screening.models import CheckWarning, Decision, Evidence, EvidenceReading, Requirement
from renmai.goods.sources.models import Source, SourceRule
from renmai.goods.suppliers.models import Supplier

__all__ = [
    "AuthorisationLink",
    "Brand",
    "BrandProof",
    "Category",
    "CategoryAttribute",
    "CheckWarning",
    "Decision",
    "Evidence",
    "EvidenceReading",
    "Invitation",
    "LowStock",
    "Pallet",
    "PalletItem",
    "Plan",
    "PlanShop",
    "Product",
    "ProductChange",
    "ProductImport",
    "ProductPicture",
    "Pull",
    "RateChange",
    "Recall",
    "Requirement",
    "Sample",
    "Sku",
    "Source",
    "SourceRule",
    "Stock",
    "StockReceipt",
    "Supplier",
    "Warehouse",
    "WarehouseStock",
]
