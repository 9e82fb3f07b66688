"""Who sells my goods, and how."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from renmai.goods.products.queries import access_own_product
from renmai.kit.problems import NotFound
from renmai.trade.reports.sellers import SELLERS_MAX, list_sellers
from renmai.web.desks.desk import open_desk, show
from renmai.web.doors import Request, door, uuid_or_404
from renmai.web.ui.components import Tab

DAYS = (7, 30, 90)


@door("supplier")
def sellers(request: Request) -> HttpResponse:
    """List the shops that pick or sold my goods in so many days; `?product=` narrows it to one."""
    desk = open_desk(request, "supplier")
    asked = request.GET.get("days", "30")
    days = int(asked) if asked in {str(each) for each in DAYS} else 30
    product = None
    if request.GET.get("product"):
        product = access_own_product(request.actor, uuid_or_404(request.GET["product"]))
        if product.supplier_id != desk.id:
            raise NotFound()
    rows = list_sellers(
        request.actor,
        desk.id,
        now=request.now,
        days=days,
        product_id=product.id if product else None,
        limit=SELLERS_MAX,
    )
    context = {
        "rows": rows,
        "product": product,
        "days": days,
        "tabs": [_tab(each, days, request.GET.get("product", "")) for each in DAYS],
        "units": sum(row.units for row in rows),
        "paid_minor": sum(row.paid_minor for row in rows),
        "selling": sum(1 for row in rows if row.units),
    }
    return show(request, "supplier/sellers.html", desk, context)


def _tab(each: int, days: int, product: str) -> Tab:
    narrowed = f"&product={product}" if product else ""
    return Tab(_("%(n)s days") % {"n": each}, f"/supplier/sellers?days={each}{narrowed}", each == days)
