"""A supplier's invitations: those sent, finding a creator, and a new one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.plans.actions import BelowOpen, RatesRefused
from renmai.goods.plans.invitations import invite_shop, withdraw_invitation
from renmai.goods.plans.queries import list_invitations
from renmai.places.shops.found import UnknownShop, find_shops, read_names, shops_by_handle
from renmai.web.desks.desk import open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.plan_words import invitation_state
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.supplier.plan_forms import InvitationForm
from renmai.web.supplier.plans import product_choices

ROWS = 24
BESIDE = {UnknownShop: "shop", RatesRefused: "commission", BelowOpen: "commission"}


@door("supplier", "GET", "POST")
def invitations(request: Request) -> HttpResponse:
    """List invitations, newest first; POST takes one back."""
    desk = open_desk(request, "supplier")
    if request.method == "POST":
        invitation_id = uuid_or_404(request.POST.get("invitation"))
        attempt(
            request,
            _("Taken back."),
            lambda: withdraw_invitation(actor=request.actor, now=request.now, invitation_id=invitation_id),
        )
        return HttpResponseRedirect("/supplier/invitations")
    after = request.GET.get("cursor")
    rows = list_invitations(
        request.actor, supplier_id=desk.id, after=uuid_or_404(after) if after else None, limit=ROWS + 1
    )
    names = read_names(row.shop_id for row in rows)
    context = {
        "rows": [{"made": row, "shop": names.get(row.shop_id), "state": invitation_state(row.state)}
                 for row in rows[:ROWS]],
        "next_cursor": str(rows[ROWS - 1].id) if len(rows) > ROWS else None,
    }  # fmt: skip
    return show(request, "supplier/invitations.html", desk, context)


@door("supplier", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Find a creator (`q`) and write an invitation; POST sends it."""
    desk = open_desk(request, "supplier")
    initial = {"product": request.GET.get("product"), "shop": request.GET.get("to"), "kind": ""}
    form = InvitationForm(product_choices(request, desk), request.POST or None, initial=initial)
    if request.method == "POST" and sent(form, lambda: _invite(request, form), BESIDE):
        messages.success(request, _("Sent."))
        return HttpResponseRedirect("/supplier/invitations")
    words = request.GET.get("q", "")
    context = {
        "form": form, "words": words, "found": find_shops(words), "product": request.GET.get("product") or "",
    }  # fmt: skip
    return show(request, "supplier/invitation_new.html", desk, context, 422 if form.is_bound else 200)


def _invite(request: Request, form: InvitationForm) -> None:
    values = form.cleaned_data
    shops = shops_by_handle([values["shop"]])
    if not shops:
        raise UnknownShop(handles=values["shop"])
    run_once(
        request,
        "invitation.send",
        lambda: invite_shop(
            actor=request.actor, now=request.now, product_id=UUID(values["product"]), shop_id=shops[0].id,
            **form.asked(),
        ),
    )  # fmt: skip
