"""What happened to an order, in a buyer's words."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.events.models import Event
from renmai.trade.orders.models import Parcel
from renmai.trade.orders.queries import OrderView
from renmai.web.ui.components import Moment
from renmai.web.ui.formats import format_money

# kind of event -> (title, icon, tone); what is not listed is not a buyer's concern
TOLD = {
    "order.placed": (gettext_lazy("Order placed"), "receipt", ""),
    "order.paid": (gettext_lazy("Paid"), "check", "good"),
    "order.expired": (gettext_lazy("Not paid in time"), "clock", "warn"),
    "order.cancelled": (gettext_lazy("Cancelled before payment"), "close", ""),
    "parcel.handed_over": (gettext_lazy("Handed to the carrier"), "truck", "info"),
    "parcel.late": (gettext_lazy("Late: not handed over in time"), "clock", "warn"),
    "parcel.delivered": (gettext_lazy("Delivered"), "map-pin", "info"),
    "order.received": (gettext_lazy("Receipt confirmed"), "check-circle", "good"),
    "order.refund": (gettext_lazy("Money given back"), "undo", "warn"),
    "order.settled": (gettext_lazy("Makers and shop paid"), "coin", "good"),
}


def moments_of(view: OrderView, suppliers: dict[UUID | None, str]) -> list[Moment]:
    """Return the entries of the timeline, newest first. Every sentence is the reader's language, amounts included."""
    parcels = {str(parcel.id): parcel for parcel in view.parcels}
    told = [event for event in view.moments if event.kind in TOLD]
    return [_moment(event, parcels, suppliers, view.order.currency) for event in reversed(told)]


def _moment(event: Event, parcels: dict[str, Parcel], suppliers: dict[UUID | None, str], currency: str) -> Moment:
    title, icon, tone = TOLD[event.kind]
    return Moment(title=str(title), at=event.at, text=_text(event, parcels, suppliers, currency), tone=tone, icon=icon)


def _text(event: Event, parcels: dict[str, Parcel], suppliers: dict[UUID | None, str], currency: str) -> str:
    amount = event.data.get("amount_minor")
    if event.kind == "order.refund" and amount:
        return " · ".join(filter(None, (format_money(int(amount), currency), str(event.data.get("reason") or ""))))
    parcel = parcels.get(str(event.data.get("parcel_id")))
    if parcel is None:
        return ""
    supplier = suppliers.get(parcel.supplier_id, "")
    if event.kind == "parcel.handed_over" and parcel.tracking:
        return _("%(supplier)s, %(carrier)s %(tracking)s") % {
            "supplier": supplier, "carrier": parcel.carrier, "tracking": parcel.tracking,
        }  # fmt: skip
    return supplier
