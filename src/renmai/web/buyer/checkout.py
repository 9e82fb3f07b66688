"""Checking out: address, way to pay and a total that is what will be charged; then the page a payer comes back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError, KeyReused
from renmai.people.accounts.lane import add_address
from renmai.people.accounts.models import Address
from renmai.people.accounts.queries import list_addresses
from renmai.trade.captures.actions import cancel_checkout, pay_checkout
from renmai.trade.carts.queries import read_cart, segments_of
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.queries import CheckoutView, Quote, access_checkout
from renmai.trade.checkout.rules import CheckoutRefused, CouponsRefused, Receipt, Wanted
from renmai.web.buyer.basket import Basket, Place, basket_of, problem_words, read_marks, read_place, without
from renmai.web.buyer.cart import cart_now
from renmai.web.buyer.entry import enter_typed, send_typed
from renmai.web.buyer.followed import claim_followed, read_followed
from renmai.web.buyer.forms import NEW, CheckoutForm
from renmai.web.buyer.quoting import coupons_shown, drop_basket, pick_basket, quote_of, read_codes, with_freight
from renmai.web.buyer.room_choice import room_choice
from renmai.web.buyer.shown import picture, say
from renmai.web.doors import Request, attempt, door, form_key, problem_text, uuid_or_404


@dataclass(frozen=True, slots=True)
class Source:
    """What is checked out: lines of the cart (all, or `only` some), units of a drop, or one pick at once.

    `segment_id` is the part of a show in which the pick was seen; `show_id` the room over whose film this is a sheet.
    """

    only: tuple[Place, ...] = ()
    drop_id: UUID | None = None
    quantity: int = 1
    pick_id: UUID | None = None
    sku_id: UUID | None = None
    segment_id: UUID | None = None
    show_id: UUID | None = None

    @property
    def some(self) -> set[Place] | None:
        """Return the lines of the cart that count, or None for all."""
        return set(self.only) or None

    @property
    def alone(self) -> bool:
        """Return whether the cart has nothing to do with it."""
        return self.drop_id is not None or self.pick_id is not None

    @property
    def before(self) -> str:
        """Return the page to go back to when nothing of it can be had."""
        if self.drop_id is not None:
            return f"/drops/{self.drop_id}"
        return f"/picks/{self.pick_id}" if self.pick_id is not None else "/cart"


def _source(request: Request) -> Source:
    sent = request.POST or request.GET
    drop, pick, sku, segment, show = (
        uuid_or_404(sent.get(name)) if sent.get(name) else None for name in ("drop", "pick", "sku", "segment", "in")
    )
    quantity = sent.get("quantity", "")
    return Source(
        tuple(read_place(text) for text in sent.getlist("only")),
        drop,
        int(quantity) if quantity.isascii() and quantity.isdigit() and len(quantity) < 4 else 1,
        pick,
        sku,
        segment,
        show,
    )


@door("public", "GET", "POST")
def checkout(request: Request) -> HttpResponse:
    """Show what will be ordered and ask where to and how to pay; place it and go to the provider's page.

    Who has not signed in does so here, by a code, and comes back to all that was typed.
    """
    source = _source(request)
    form, addresses = _form(request)
    if request.method != "POST":
        return _page(request, form, addresses, source, _basket(request, source))
    key, do = request.POST.get("key", ""), request.POST.get("do")
    if do in {"count", "send"}:
        form.errors.clear()
        sent_to = send_typed(request, form) if do == "send" else ""
        return _page(request, form, addresses, source, _basket(request, source), key=key, sent_to=sent_to)
    if request.actor.person_id is None:
        if not (form.is_valid() and enter_typed(request, form)):
            sent_to = str(form["contact"].value() or "")
            return _page(request, form, addresses, source, _basket(request, source), key=key, sent_to=sent_to)
        form, addresses = _form(request)
    return _place(request, form, addresses, source)


def _form(request: Request) -> tuple[CheckoutForm, list[Address]]:
    visitor = request.actor.person_id is None
    addresses = [] if visitor else list_addresses(request.actor)
    data = request.POST if request.method == "POST" else None
    return CheckoutForm(data, addresses=addresses, visitor=visitor), addresses


def _basket(request: Request, source: Source, seen: Mapping[Place, int] | None = None) -> Basket:
    if source.drop_id is not None:
        return drop_basket(request, source.drop_id, source.quantity)
    if source.pick_id is not None:
        return pick_basket(source.pick_id, source.sku_id, source.quantity)
    return basket_of(cart_now(request), only=source.some, seen=seen)


def _codes(request: Request) -> tuple[str, ...]:
    return read_codes((request.POST or request.GET).get("coupons", ""))


def _quote(request: Request, form: CheckoutForm, source: Source, basket: Basket) -> Quote | None:
    to = str(form["to"].value() or NEW)
    typed = {"region": str(form["region"].value() or "")}
    return quote_of(
        request,
        basket,
        drop_id=source.drop_id,
        codes=_codes(request),
        method=str(form["method"].value() or "card"),
        address_id=None if to == NEW else uuid_or_404(to),
        address=typed if to == NEW else None,
    )


def _page(
    request: Request,
    form: CheckoutForm,
    addresses: Sequence[Address],
    source: Source,
    basket: Basket,
    *,
    told: str = "",
    key: str = "",
    sent_to: str = "",
) -> HttpResponse:
    if not basket.payable:
        return _nothing_left(request, source, told or next((line.problem for line in basket.problems), ""))
    quote, wanted = _quote(request, form, source, basket), basket.payable
    if quote is not None:
        basket = with_freight(without(basket, quote.lines), quote)
    context = {
        "form": form,
        "to": form["to"].value(),
        "method": form["method"].value(),
        "addresses": addresses,
        "basket": basket,
        # When nothing goes to this address all lines stay asked for: another may be chosen in the same form.
        "marks": [line.mark for line in basket.payable or wanted],
        "only": [f"{pick_id}.{sku_id}" for pick_id, sku_id in source.only],
        "source": source,
        "discount_minor": quote.discount_minor if quote else 0,
        "goods_minor": quote.goods_minor if quote else basket.goods_minor,
        "total_minor": quote.total_minor if quote else basket.total_minor,
        "coupons": coupons_shown(quote.coupons, basket.currency) if quote else [],
        "codes": " ".join(_codes(request)),
        "told": told,
        "key": key or form_key(),
        "sent_to": sent_to,
        "here": request.get_full_path() if request.method == "GET" else _address(source),
    }
    status = 409 if told else 422 if form.errors else 200
    if source.show_id is not None:
        return render(request, "buyer/room_buy.html", context | room_choice(source.pick_id, basket))
    # htmx puts in only what went well; a wrong address is said in the same place.
    return render(request, "buyer/checkout.html", context, status=200 if request.headers.get("HX-Request") else status)


def _address(source: Source) -> str:
    """Return the address that leads to this checkout, for signing in another way."""
    if source.drop_id:
        return "/checkout?" + urlencode({"drop": source.drop_id, "quantity": source.quantity})
    if source.pick_id:
        named = {
            "pick": source.pick_id,
            "sku": source.sku_id,
            "quantity": source.quantity,
            "segment": source.segment_id,
        }
        return "/checkout?" + urlencode({name: value for name, value in named.items() if value is not None})
    return "/checkout?" + urlencode([("only", f"{pick_id}.{sku_id}") for pick_id, sku_id in source.only])


def _nothing_left(request: Request, source: Source, told: str) -> HttpResponse:
    if source.show_id is not None:
        return render(request, "buyer/room_told.html", {"told": told})
    if told:
        messages.error(request, told)
    return HttpResponseRedirect(source.before)


def _place(request: Request, form: CheckoutForm, addresses: Sequence[Address], source: Source) -> HttpResponse:
    marks = read_marks(request.POST.getlist("line"))
    seen_in = {} if source.alone else segments_of(request.actor)
    wanted = [
        replace(x, drop_id=source.drop_id, segment_id=seen_in.get((x.pick_id, x.sku_id), source.segment_id))
        for x in marks
    ]
    key = request.POST.get("key", "")
    seen = {(line.pick_id, line.sku_id): line.seen_minor or 0 for line in wanted}
    basket = _basket(request, source, seen)
    if not form.is_valid():
        return _page(request, form, addresses, source, basket, key=key)
    if told := _moved(request, form, source, basket, wanted):
        return _page(request, form, addresses, source, basket, told=told, key=key)
    try:
        receipt = _ask(request, form, wanted, key)
    except CheckoutRefused as refusal:
        again = _after(request, source, seen, refusal)
        return _page(request, form, addresses, source, again, told=_refused(), key=key)
    except CouponsRefused:
        told = _("Nothing was ordered yet: a coupon cannot be used. Please look at it and at the total.")
        return _page(request, form, addresses, source, basket, told=told, key=key)
    except KeyReused:
        if source.show_id is not None:
            return render(
                request,
                "buyer/room_told.html",
                {"told": _("This was ordered already. Here are your orders."), "orders": True},
            )
        messages.error(request, _("This was ordered already. Here are your orders."))
        return HttpResponseRedirect("/orders")
    except DomainError as refusal:
        return _page(request, form, addresses, source, basket, told=problem_text(refusal), key=key)
    _keep(request, form, key)
    return _pay(request, receipt.checkout_id, source.show_id)


def _refused() -> str:
    return _("Nothing was ordered yet: something changed meanwhile. Please look at the marked lines and the new total.")


def _moved(request: Request, form: CheckoutForm, source: Source, basket: Basket, wanted: Sequence[Wanted]) -> str:
    """Return what to say when the same goods at the same prices come to another total: it is not charged unseen."""
    quote = _quote(request, form, source, basket)
    if quote is None or any(verdict.why for verdict in quote.coupons):
        return ""
    same = {line.mark for line in without(basket, quote.lines).payable} == {
        f"{line.pick_id}.{line.sku_id}.{line.quantity}.{line.seen_minor}" for line in wanted
    }
    if not same:
        return ""
    if str(quote.total_minor) == request.POST.get("total"):
        return ""
    return _("The total changed: freight or a coupon counts otherwise now. Please look at it.")


def _ask(request: Request, form: CheckoutForm, wanted: Sequence[Wanted], key: str) -> Receipt:
    to = form.cleaned_data["to"]
    claim_followed(request)
    return place_checkout(
        actor=request.actor,
        now=request.now,
        key=key,
        lines=wanted,
        method=form.cleaned_data["method"],
        address_id=None if to == NEW else UUID(to),
        address=form.address if to == NEW else None,
        coupons=_codes(request),
        followed=read_followed(request, [line.pick_id for line in wanted]),
    )


def _after(request: Request, source: Source, seen: Mapping[Place, int], refusal: CheckoutRefused) -> Basket:
    """Return the basket as it stands after a refusal, with the refusal's own reasons where the cart finds no fault."""
    if source.alone:
        return _basket(request, source)
    reasons: dict[Place, str] = {}
    faults: list[dict[str, Any]] = refusal.params["lines"]
    for fault in faults:
        if fault["code"] != "price_changed":
            reasons[UUID(fault["pick_id"]), UUID(fault["sku_id"])] = problem_words(
                fault["code"], left=fault.get("left", 0), where=fault.get("where", "")
            )
    return basket_of(read_cart(request.actor), only=source.some, seen=seen, also=reasons)


def _keep(request: Request, form: CheckoutForm, key: str) -> None:
    """Keep a new address for next time. A full address book does not stop an order that is placed."""
    if form.cleaned_data["to"] == NEW and form.cleaned_data.get("keep"):
        try:
            add_address(actor=request.actor, now=request.now, fields=form.address, key=key)
        except DomainError as refusal:
            messages.warning(request, problem_text(refusal))


def _pay(request: Request, checkout_id: UUID, show_id: UUID | None = None) -> HttpResponse:
    try:
        paying = pay_checkout(actor=request.actor, now=request.now, checkout_id=checkout_id)
        if show_id is not None:
            return _stands(request, checkout_id, {"in_show": show_id, "pay_url": paying.pay_url})
    except DomainError as refusal:
        if show_id is not None:
            return _stands(request, checkout_id, {"in_show": show_id, "told": problem_text(refusal)})
        messages.error(request, problem_text(refusal))
        return HttpResponseRedirect(f"/checkouts/{checkout_id}")
    return HttpResponseRedirect(paying.pay_url or f"/checkouts/{checkout_id}")


@door("person", "POST")
def payment(request: Request, checkout_id: UUID) -> HttpResponse:
    """Go to the provider's page (again)."""
    return _pay(request, checkout_id)


@door("person", "POST")
def cancellation(request: Request, checkout_id: UUID) -> HttpResponse:
    """End an unpaid checkout."""
    attempt(
        request,
        _("Cancelled. Nothing was charged."),
        lambda: cancel_checkout(actor=request.actor, now=request.now, checkout_id=checkout_id),
    )
    return HttpResponseRedirect(f"/checkouts/{checkout_id}")


@door("person")
def checkout_state(request: Request, checkout_id: UUID) -> HttpResponse:
    """Show where a payment stands: waiting for the provider's word (asks again by itself), paid, declined or over."""
    if request.GET.get("in"):
        return _stands(request, checkout_id, {"in_show": uuid_or_404(request.GET["in"])})
    return _stands(request, checkout_id, {})


def _stands(request: Request, checkout_id: UUID, also: Mapping[str, Any]) -> HttpResponse:
    view = access_checkout(request.actor, checkout_id)
    shops = [
        (order, say(shop, "name"), picture(shop.face_id))
        for order in view.orders
        if (shop := view.shops.get(order.shop_id))
    ]
    context = {"checkout": view.checkout, "shops": shops, "stand": _stand(request, view), **also}
    if "in_show" in also:
        return render(request, "buyer/room_stand.html", context)
    whole = request.headers.get("HX-Request") != "true"
    return render(request, "buyer/checkout_state.html" if whole else "buyer/checkout_stand.html", context)


def _stand(request: Request, view: CheckoutView) -> str:
    """Return paid, expired, cancelled, part, declined, or waiting."""
    found = view.checkout
    if found.state != "open":
        return found.state
    if found.received_minor:
        return "part"
    if found.expires_at is not None and found.expires_at <= request.now:
        return "expired"
    return "declined" if view.payments and view.payments[-1].state == "failed" else "waiting"
