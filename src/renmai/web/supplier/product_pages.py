"""More pages of one product: its texts, its pictures, its terms, and what was changed of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.products.actions import set_sale_terms
from renmai.goods.products.pictures import add_picture, describe_picture, order_pictures, remove_picture
from renmai.goods.products.queries import list_attributes, list_categories, list_pictures
from renmai.goods.products.rules import PICTURES_MAX
from renmai.goods.products.texts import FREE_STATES, change_product, set_exclusions
from renmai.kit.media.actions import store_picture
from renmai.kit.problems import NotFound
from renmai.web.desks.changes import changes_page
from renmai.web.desks.desk import show
from renmai.web.desks.forms import sent
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.supplier.forms import TermsForm
from renmai.web.supplier.goods import head, own_product
from renmai.web.supplier.product_forms import CategoryForm, DropShipForm, PicturesForm, TextsForm


@door("supplier", "GET", "POST")
def texts(request: Request, product_id: UUID) -> HttpResponse:
    """Change title, description and attributes; the category while the product is a draft or rejected."""
    product, desk = own_product(request, product_id)
    which = request.POST.get("which", "")
    known = {name: getattr(product, name) for name in ("title", "title_zh", "body", "body_zh")}
    form = TextsForm(
        request.POST if which == "texts" else None, initial=known, attributes=list_attributes(product.category_id),
        values=product.attributes, use_required_attribute=False,
    )  # fmt: skip
    categories = CategoryForm(
        request.POST if which == "category" else None, categories=list_categories(),
        initial={"category": str(product.category_id)},
    )  # fmt: skip
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "product_id": product.id}
    acts = {
        "texts": (form, lambda: change_product(**who, attributes=form.attributes, **form.texts)),
        "category": (
            categories, lambda: change_product(**who, category_id=UUID(categories.cleaned_data["category"])),
        ),
    }  # fmt: skip
    if request.method == "POST" and _done(request, acts, which):
        return HttpResponseRedirect(request.path)
    context = {"form": form, "category_form": categories, "free": product.state in FREE_STATES}
    context |= head(request, product, "/texts")
    return show(request, "supplier/product_texts.html", desk, context, 422 if request.method == "POST" else 200)


@door("supplier", "GET", "POST")
def terms(request: Request, product_id: UUID) -> HttpResponse:
    """Change on which terms creators sell it, how it is sent, and where it is not sold."""
    product, desk = own_product(request, product_id)
    which = request.POST.get("which", "")
    sale = TermsForm(
        request.POST if which == "terms" else None,
        initial={
            "commission": product.commission_bps, "service": product.service_bps or None,
            "margin_allowed": product.margin_allowed,
        },
    )  # fmt: skip
    ship = DropShipForm(
        request.POST if which == "ship" else None,
        initial={
            "hand_over_hours": product.hand_over_hours, "channels": product.excluded_channels,
            "regions": "\n".join(product.excluded_regions),
        },
    )  # fmt: skip
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "product_id": product.id}

    def set_sale() -> None:
        values = sale.cleaned_data
        set_sale_terms(
            **who, commission_bps=values["commission"], margin_allowed=values["margin_allowed"],
            service_bps=values["service"] or 0,
        )  # fmt: skip

    def set_ship() -> None:
        def do() -> None:
            values = ship.cleaned_data
            set_exclusions(**who, channels=values["channels"], regions=values["regions"].splitlines())
            change_product(**who, hand_over_hours=values["hand_over_hours"])

        run_once(request, "product.ship", do)  # both or neither

    if request.method == "POST" and _done(request, {"terms": (sale, set_sale), "ship": (ship, set_ship)}, which):
        return HttpResponseRedirect(request.path)
    context = {"terms": sale, "ship": ship, **head(request, product, "/terms")}
    return show(request, "supplier/product_terms.html", desk, context, 422 if request.method == "POST" else 200)


def _done(request: Request, acts: dict[str, Any], which: str) -> bool:
    if which not in acts:
        raise NotFound()
    form, do = acts[which]
    done = sent(form, do)
    if done:
        messages.success(request, _("Saved."))
    return done


@door("supplier", "GET", "POST")
def pictures(request: Request, product_id: UUID) -> HttpResponse:
    """Add pictures, say what they show, order them and take them away."""
    product, desk = own_product(request, product_id)
    form = PicturesForm(request.POST if request.POST.get("which") == "add" else None)
    shown = list_pictures(product.id)
    if request.method == "POST" and _pictured(request, product.id, form, [row["id"] for row in shown]):
        return HttpResponseRedirect(request.path)
    context = {
        "pictures": shown,
        "form": form,
        "room": PICTURES_MAX - len(shown),
        **head(request, product, "/pictures"),
    }
    return show(request, "supplier/product_pictures.html", desk, context, 422 if request.method == "POST" else 200)


def _pictured(request: Request, product_id: UUID, form: forms.Form, order: list[UUID]) -> bool:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if request.POST.get("which") == "add":
        return sent(form, lambda: run_once(request, "product.pictures", lambda: _add(request, product_id)))
    picture_id = uuid_or_404(request.POST.get("picture"))
    if picture_id not in order:
        raise NotFound()
    which, known = request.POST.get("which", ""), {**who, "product_id": product_id}
    acts = {
        "remove": lambda: remove_picture(**known, picture_id=picture_id),
        "alt": lambda: describe_picture(**known, picture_id=picture_id, alt=request.POST.get("alt", "")),
        "first": lambda: order_pictures(**known, picture_ids=[picture_id]),
        "earlier": lambda: order_pictures(**known, picture_ids=earlier(order, picture_id)),
    }
    if which not in acts:
        raise NotFound()
    attempt(request, _("Saved."), acts[which])
    return True


def earlier(order: list[UUID], picture_id: UUID) -> list[UUID]:
    """Return the order with one picture a place earlier."""
    at = order.index(picture_id)
    return order if at == 0 else [*order[: at - 1], picture_id, order[at - 1], *order[at + 1 :]]


def _add(request: Request, product_id: UUID) -> None:
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    for upload in request.FILES.getlist("pictures")[:PICTURES_MAX]:
        media = store_picture(data=upload.read(), name=upload.name or "", **who)
        add_picture(**who, product_id=product_id, media_id=media.id)
    messages.success(request, _("Saved."))


@door("supplier")
def history(request: Request, product_id: UUID) -> HttpResponse:
    """Show who changed what, from what to what, newest first."""
    product, desk = own_product(request, product_id)
    context = {**changes_page(request, product), **head(request, product, "/history")}
    return show(request, "supplier/product_history.html", desk, context)
