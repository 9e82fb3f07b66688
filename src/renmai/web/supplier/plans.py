"""A supplier's plans: what there is, what is to come, making, changing, naming creators, ending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from renmai.goods.plans.actions import (
    BelowOpen,
    RatesRefused,
    ShopsRefused,
    change_plan_rates,
    end_plan,
    make_plan,
    name_shops,
    take_off_shop,
)
from renmai.goods.plans.models import Plan
from renmai.goods.plans.queries import access_plan, list_changes_of, list_plans, list_rate_changes
from renmai.goods.products.queries import list_own_products
from renmai.people.standing.queries import term_in_force
from renmai.places.shops.found import UnknownShop, shops_by_handle
from renmai.places.shops.rates import list_named_rates
from renmai.web.desks.desk import Desk, open_desk, show
from renmai.web.desks.forms import sent
from renmai.web.desks.plan_words import kind_words, shown_plan
from renmai.web.desks.words import in_language
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.supplier.plan_forms import PlanForm, RatesForm, ShopsForm, handles_of

ROWS = 24
PRODUCTS = 100
BESIDE = {UnknownShop: "shops", ShopsRefused: "shops", RatesRefused: "commission", BelowOpen: "commission"}


@door("supplier")
def plans(request: Request) -> HttpResponse:
    """List plans, newest first, and the lowered rates whose notice still runs."""
    desk = open_desk(request, "supplier")
    product = request.GET.get("product")
    product_id = uuid_or_404(product) if product else None
    after = request.GET.get("cursor")
    rows = list_plans(
        request.actor, desk.id, product_id=product_id, after=uuid_or_404(after) if after else None, limit=ROWS + 1
    )
    context = {
        "rows": [shown_plan(row, request.now) for row in rows[:ROWS]],
        "next_cursor": str(rows[ROWS - 1].id) if len(rows) > ROWS else None,
        "changes": [{**row, "plan_kind": kind_words(row["plan__kind"] or "open")}
                    for row in list_changes_of(request.actor, desk.id)],
        "days": term_in_force("rate_notice_days"),
        "product": product or "",
    }  # fmt: skip
    return show(request, "supplier/plans.html", desk, context)


def product_choices(request: Request, desk: Desk) -> list[tuple[str, str]]:
    """Return one's products in the pool, as forms offer them; at most 100, the newest."""
    rows = list_own_products(request.actor, desk.id, state="approved", limit=PRODUCTS)
    return [(str(row["id"]), in_language(row, "title")) for row in rows]


@door("supplier", "GET", "POST")
def new(request: Request) -> HttpResponse:
    """Show the form of a plan; POST makes one for each product."""
    desk = open_desk(request, "supplier")
    initial = {"products": request.GET.getlist("product"), "kind": "targeted"}
    form = PlanForm(product_choices(request, desk), request.POST or None, initial=initial)
    if request.method == "POST" and sent(form, lambda: _make(request, form), BESIDE):
        messages.success(request, _("The plan is there, and the creators are told."))
        return HttpResponseRedirect("/supplier/plans")
    return show(request, "supplier/plan_new.html", desk, {"form": form}, 422 if form.is_bound else 200)


def _make(request: Request, form: PlanForm) -> None:
    values = form.cleaned_data
    shops = [shop.id for shop in shops_by_handle(handles_of(values["shops"]))]
    ids = [UUID(product_id) for product_id in values["products"]]
    run_once(
        request,
        "plan.make",
        lambda: make_plan(
            actor=request.actor, now=request.now, product_ids=ids, kind=values["kind"], shop_ids=shops,
            starts_at=values["starts_at"], ends_at=values["ends_at"], **form.rates(),
        ),
    )  # fmt: skip


@door("supplier", "GET", "POST")
def one(request: Request, plan_id: UUID) -> HttpResponse:
    """Show a plan with its creators; each of its forms is sent here with its name in `which`."""
    plan = access_plan(request.actor, plan_id)
    desk = open_desk(request, "supplier")
    which = request.POST.get("which", "")
    rates = RatesForm(
        request.POST if which == "rates" else None,
        initial={"commission": plan.commission_bps, "service": plan.service_bps or None},
    )
    named = ShopsForm(request.POST if which == "name" else None)
    if request.method == "POST" and _sent(request, plan, which, rates, named):
        return HttpResponseRedirect(f"/supplier/plans/{plan_id}")
    context = {
        **shown_plan(plan, request.now),
        "rates": rates,
        "named": named,
        "shops": list_named_rates(request.actor, plan_id, now=request.now),
        "changes": list_rate_changes(request.actor, plan.product_id),
        "days": term_in_force("rate_notice_days"),
    }
    return show(request, "supplier/plan.html", desk, context, 422 if request.method == "POST" else 200)


def _sent(request: Request, plan: Plan, which: str, rates: RatesForm, named: ShopsForm) -> bool:
    given: dict[str, Any] = {"actor": request.actor, "now": request.now, "plan_id": plan.id}

    def once(name: str, do: Callable[[], Any]) -> Callable[[], None]:
        return lambda: run_once(request, name, do)

    if which == "rates":
        done = sent(rates, once("plan.rates", lambda: change_plan_rates(**given, **rates.rates())), BESIDE)
    elif which == "name":
        done = sent(named, once("plan.name", lambda: name_shops(**given, shop_ids=_shops(named))), BESIDE)
    elif which == "take_off":
        shop_id = uuid_or_404(request.POST.get("taken"))
        return (
            attempt(
                request, _("Taken off. The rate stays for the notice."), lambda: take_off_shop(**given, shop_id=shop_id)
            )
            or True
        )
    elif which == "end":
        return attempt(request, _("Ended. Picks keep the rate for the notice."), lambda: end_plan(**given)) or True
    else:
        return True
    if done:
        messages.success(request, _("Saved."))
    return done


def _shops(form: ShopsForm) -> list[UUID]:
    return [shop.id for shop in shops_by_handle(handles_of(form.cleaned_data["shops"]))]
