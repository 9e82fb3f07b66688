"""Checking out: address, way to pay and a total that is what will be charged; then the page a payer comes back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
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
from renmai.trade.carts.queries import read_cart
from renmai.trade.carts.rules import Cart
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.queries import CheckoutView, access_checkout
from renmai.trade.checkout.rules import CheckoutRefused, Receipt, Wanted
from renmai.web.buyer.basket import Basket, Place, basket_of, problem_words, read_marks, read_place
from renmai.web.buyer.forms import NEW, CheckoutForm
from renmai.web.buyer.shown import picture, say
from renmai.web.doors import Request, attempt, door, form_key, problem_text


@door("person", "GET", "POST")
def checkout(request: Request) -> HttpResponse:
    """Show what will be ordered and ask where to and how to pay; place it and go to the provider's page."""
    addresses = list_addresses(request.actor)
    only = [read_place(text) for text in (request.POST or request.GET).getlist("only")]
    if request.method == "POST":
        return _place(request, CheckoutForm(request.POST, addresses=addresses), addresses, only)
    return _page(
        request,
        CheckoutForm(addresses=addresses),
        addresses,
        only,
        basket_of(read_cart(request.actor), only=_some(only)),
    )


def _some(only: Sequence[Place]) -> set[Place] | None:
    return set(only) or None


def _page(
    request: Request,
    form: CheckoutForm,
    addresses: Sequence[Address],
    only: Sequence[Place],
    basket: Basket,
    *,
    told: str = "",
    key: str = "",
) -> HttpResponse:
    if not basket.payable:
        if told:
            messages.error(request, told)
        return HttpResponseRedirect("/cart")
    context = {
        "form": form,
        "to": form["to"].value(),
        "method": form["method"].value(),
        "addresses": addresses,
        "basket": basket,
        "only": [f"{pick_id}.{sku_id}" for pick_id, sku_id in only],
        "told": told,
        "key": key or form_key(),
    }
    return render(request, "buyer/checkout.html", context, status=409 if told else 422 if form.errors else 200)


def _place(request: Request, form: CheckoutForm, addresses: Sequence[Address], only: Sequence[Place]) -> HttpResponse:
    wanted = read_marks(request.POST.getlist("line"))
    cart, key = read_cart(request.actor), request.POST.get("key", "")
    seen = {(line.pick_id, line.sku_id): line.seen_minor or 0 for line in wanted}
    basket = basket_of(cart, only=_some(only), seen=seen)
    if not form.is_valid():
        return _page(request, form, addresses, only, basket, key=key)
    if told := _moved(basket, wanted, request.POST.get("total", "")):
        return _page(request, form, addresses, only, basket, told=told, key=key)
    try:
        receipt = _ask(request, form, wanted, key)
    except CheckoutRefused as refusal:
        again = _after(read_cart(request.actor), only, seen, refusal)
        return _page(request, form, addresses, only, again, told=_refused(), key=key)
    except KeyReused:
        messages.error(request, _("This was ordered already. Here are your orders."))
        return HttpResponseRedirect("/orders")
    except DomainError as refusal:
        return _page(request, form, addresses, only, basket, told=problem_text(refusal), key=key)
    _keep(request, form, key)
    return _pay(request, receipt.checkout_id)


def _refused() -> str:
    return _("Nothing was ordered yet: something changed meanwhile. Please look at the marked lines and the new total.")


def _moved(basket: Basket, wanted: Sequence[Wanted], total: str) -> str:
    """Return what to say when the same goods at the same prices come to another total (freight): it is not charged unseen."""
    same = {line.mark for line in basket.payable} == {
        f"{line.pick_id}.{line.sku_id}.{line.quantity}.{line.seen_minor}" for line in wanted
    }
    return _("The freight changed. Please look at the new total.") if same and str(basket.total_minor) != total else ""


def _ask(request: Request, form: CheckoutForm, wanted: Sequence[Wanted], key: str) -> Receipt:
    to = form.cleaned_data["to"]
    return place_checkout(
        actor=request.actor,
        now=request.now,
        key=key,
        lines=wanted,
        method=form.cleaned_data["method"],
        address_id=None if to == NEW else UUID(to),
        address=form.address if to == NEW else None,
    )


def _after(cart: Cart, only: Sequence[Place], seen: Mapping[Place, int], refusal: CheckoutRefused) -> Basket:
    """Return the basket as it stands after a refusal, with the refusal's own reasons where the cart finds no fault."""
    reasons: dict[Place, str] = {}
    faults: list[dict[str, Any]] = refusal.params["lines"]
    for fault in faults:
        if fault["code"] != "price_changed":
            reasons[UUID(fault["pick_id"]), UUID(fault["sku_id"])] = problem_words(
                fault["code"], left=fault.get("left", 0)
            )
    return basket_of(cart, only=_some(only), seen=seen, also=reasons)


def _keep(request: Request, form: CheckoutForm, key: str) -> None:
    """Keep a new address for next time. A full address book does not stop an order that is placed."""
    if form.cleaned_data["to"] == NEW and form.cleaned_data.get("keep"):
        try:
            add_address(actor=request.actor, now=request.now, fields=form.address, key=key)
        except DomainError as refusal:
            messages.warning(request, problem_text(refusal))


def _pay(request: Request, checkout_id: UUID) -> HttpResponse:
    try:
        paying = pay_checkout(actor=request.actor, now=request.now, checkout_id=checkout_id)
    except DomainError as refusal:
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
    view = access_checkout(request.actor, checkout_id)
    shops = [
        (order, say(shop, "name"), picture(shop.face_id))
        for order in view.orders
        if (shop := view.shops.get(order.shop_id))
    ]
    context = {"checkout": view.checkout, "shops": shops, "stand": _stand(request, view)}
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
