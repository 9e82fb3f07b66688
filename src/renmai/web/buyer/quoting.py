"""What a basket comes to with an address and coupons: the same decision that placing takes, asked beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError
from renmai.places.shops.queries import access_pick_page
from renmai.trade.checkout.pricing import Verdict
from renmai.trade.checkout.queries import Quote, quote_checkout
from renmai.trade.checkout.rules import Wanted
from renmai.trade.promotions.queries import access_drop
from renmai.trade.promotions.rules import COUPONS_MAX
from renmai.web.buyer.basket import Basket, BasketLine, BasketParcel, BasketShop, Place, problem_words
from renmai.web.buyer.shown import options_text, picture, say
from renmai.web.doors import Request
from renmai.web.ui.formats import format_money


@dataclass(frozen=True, slots=True)
class CouponShown:
    """A code as typed, with what it gives or why it gives nothing."""

    code: str
    title: str
    amount_minor: int
    problem: str


def read_codes(text: str) -> tuple[str, ...]:
    """Return the codes in what was typed, separated by spaces or commas (also Chinese ones); at most as many as count."""
    for mark in ",;\N{FULLWIDTH COMMA}\N{IDEOGRAPHIC COMMA}":
        text = text.replace(mark, " ")
    return tuple(dict.fromkeys(code.upper() for code in text.split()))[:COUPONS_MAX]


def quote_of(
    request: Request,
    basket: Basket,
    *,
    drop_id: UUID | None,
    codes: Sequence[str],
    method: str,
    address_id: UUID | None,
    address: Mapping[str, str] | None,
) -> Quote | None:
    """Return what the lines that can be had come to, or None when that cannot be said (an address that is not there)."""
    lines = [Wanted(x.pick_id, x.sku_id, x.quantity, x.price_minor, drop_id) for x in basket.payable]
    if not lines:
        return None
    try:
        return quote_checkout(
            actor=request.actor, now=request.now, lines=lines, method=method, address_id=address_id, address=address,
            coupons=codes,
        )  # fmt: skip
    except DomainError:
        return None


def with_freight(basket: Basket, quote: Quote) -> Basket:
    """Return the basket with the freight of the quote on its parcels."""
    at: dict[Place, dict[UUID, int]] = {
        (line.pick_id, line.sku_id): order.freight for order in quote.orders for line in order.lines
    }

    def sent(parcel: BasketParcel) -> BasketParcel:
        fees = [at[x.pick_id, x.sku_id].get(parcel.supplier_id, 0) for x in parcel.lines if (x.pick_id, x.sku_id) in at]
        return replace(parcel, freight_minor=max(fees, default=parcel.freight_minor if not parcel.lines else 0))

    shops = [replace(shop, parcels=[sent(parcel) for parcel in shop.parcels]) for shop in basket.shops]
    return replace(basket, shops=shops)


def coupons_shown(verdicts: Sequence[Verdict], currency: str) -> list[CouponShown]:
    """Return each coupon that was typed, in words."""
    return [
        CouponShown(
            verdict.code,
            say(verdict.coupon, "title") if verdict.coupon else "",
            verdict.amount_minor,
            coupon_problem(verdict.why, verdict.missing_minor, currency) if verdict.why else "",
        )
        for verdict in verdicts
    ]


def coupon_problem(why: str, missing_minor: int, currency: str) -> str:
    """Return why a coupon gives nothing, in words."""
    if why == "below_threshold":
        return _("Goods for %(amount)s more are needed.") % {"amount": format_money(missing_minor, currency)}
    return {
        "unknown": _("There is no such coupon."),
        "not_yet": _("It does not hold yet."),
        "over": _("It does not hold any more."),
        "used_up": _("All of them are used."),
        "used_by_you": _("You have used it already."),
        "nothing_applies": _("It does not hold for anything here."),
        "not_together": _("It does not go together with another coupon here."),
        "below_cost": _("It would take more off than is allowed for something here."),
    }.get(why, _("It cannot be used here."))


def drop_basket(request: Request, drop_id: UUID, quantity: int) -> Basket:
    """Return a basket of units of a drop. Errors: NotFound."""
    view = access_drop(request.actor, drop_id, now=request.now)
    drop = view.drop
    row = access_pick_page(drop.pick_id)
    sku: dict[str, Any] = next((each for each in row["skus"] if each["id"] == drop.sku_id), {})
    kept = view.offered or view.free
    fault = {"soon": "drop_not_yet", "over": "drop_over"}.get(view.state, "" if kept else "sold_out")
    most = max(0, min(kept, drop.per_buyer_max - view.bought))
    if not fault and most == 0:
        fault = "drop_limit"
    can = 0 if fault else min(max(1, quantity), most)
    line = BasketLine(
        drop.pick_id, drop.sku_id, say(row, "title"), options_text(sku) if sku else "", picture(row["cover_id"]), can,
        max(1, quantity), drop.price_minor, sku.get("multiple_bps", 0), most, problem_words(fault) if fault else "",
    )  # fmt: skip
    parcel = BasketParcel(say(row, "supplier_name"), row["supplier_id"], row["freight_minor"] if can else 0, [line])
    shop = BasketShop(say(row, "shop_name"), f"/@{row['shop_handle']}", picture(row["face_id"]), [parcel])
    return Basket([shop], sku.get("currency", ""))


def pick_basket(pick_id: UUID, sku_id: UUID | None, quantity: int) -> Basket:
    """Return a basket of one pick, without the cart: of the variant asked for, else the first that is left. Errors: NotFound."""
    row = access_pick_page(pick_id)
    skus: list[dict[str, Any]] = row["skus"]
    left = next((each for each in skus if each["left"] > 0), skus[0] if skus else {})
    sku = next((each for each in skus if each["id"] == sku_id), left)
    can = max(0, min(max(1, quantity), sku.get("left", 0)))
    problem = "" if can else problem_words("sold_out")
    line = BasketLine(
        pick_id, sku.get("id", pick_id), say(row, "title"), options_text(sku) if sku else "", picture(row["cover_id"]), can,
        max(1, quantity), sku.get("price_minor", 0), sku.get("multiple_bps", 0), sku.get("left", 0), problem,
    )  # fmt: skip
    freight = sku.get("freight_minor", 0) if can else 0
    parcel = BasketParcel(say(row, "supplier_name"), row["supplier_id"], freight, [line])
    shop = BasketShop(say(row, "shop_name"), f"/@{row['shop_handle']}", picture(row["face_id"]), [parcel])
    return Basket([shop], sku.get("currency", ""))
