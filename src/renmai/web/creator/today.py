"""The creator's home: the invitation to open a shop, the way to a first sale, and the day at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.config import config
from renmai.people.accounts.rules import CONTENT, SERVICE
from renmai.people.messages.queries import count_shop_unread
from renmai.places.shops.first_steps import take_step
from renmai.places.shops.models import Shop
from renmai.places.shops.queries import access_team_shop
from renmai.places.visits.queries import visits_by_day
from renmai.trade.care.waiting import count_waiting
from renmai.trade.orders.queries import list_orders
from renmai.trade.reports.earnings import earnings_by_day, own_parts, read_earnings
from renmai.trade.reports.first_sale import PICKS_LEAST, STEPS, FirstSale, read_first_sale
from renmai.trade.reports.today import Today, morning_of, read_today, what_next
from renmai.web.creator.pallets import starter_of
from renmai.web.creator.shop import opening
from renmai.web.desks.desk import Desk, find_desk, open_desk, show
from renmai.web.doors import Request, door, run_once
from renmai.web.ui.charts import bar, line
from renmai.web.ui.components import Series
from renmai.web.ui.formats import format_money
from renmai.web.visits import day_of

ORDERS_SHOWN = 5
DAYS = 14


@dataclass(frozen=True, slots=True)
class Waits:
    """Something to do: what, why, where."""

    title: str
    text: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class PathStep:
    """A step of the way to a first sale; `state` is done, current or todo."""

    title: str
    text: str
    href: str
    label: str
    state: str


@door("person", "GET", "POST")
def home(request: Request) -> HttpResponse:
    """Today; or the one short form that opens a shop, for whoever has none."""
    desk = find_desk(request, "creator")
    if desk is None or request.method == "POST":
        return opening(request, desk)
    shop = access_team_shop(request.actor, desk.id)
    if not request.actor.has("creator", desk.id):
        return show(request, "creator/part.html", desk, {"shop": shop, "parts": _parts(request, desk)})
    return show(request, "creator/today.html", desk, _context(request, desk, shop))


@door("creator:content", "POST")
def step(request: Request) -> HttpResponse:
    """Note a step of the way that no other row tells (`step`: share)."""
    desk, name = open_desk(request, "creator"), request.POST.get("step", "")
    run_once(request, "first.step", lambda: take_step(actor=request.actor, now=request.now, shop_id=desk.id, step=name))
    messages.success(request, _("Noted."))
    return HttpResponseRedirect("/creator")


def _context(request: Request, desk: Desk, shop: Shop) -> dict[str, Any]:
    today = day_of(request.now)
    facts = read_today(request.actor, desk.id, now=request.now, morning=morning_of(request.now))
    orders = list_orders(request.actor, role="creator", subject_id=desk.id, limit=ORDERS_SHOWN)
    earned = earnings_by_day(request.actor, "creator", desk.id, now=request.now, days=DAYS)
    visits = visits_by_day(request.actor, desk.id, today=today, days=DAYS)
    cases = count_waiting(request.actor, "creator", desk.id)
    way = read_first_sale(request.actor, desk.id)
    labels = [f"{day.month}/{day.day}" for day, _count in visits]
    money = config().currency
    return {
        "shop": shop,
        "link": f"{config().pages_origin}/@{shop.handle}",
        "orders": orders.items,
        "parts": own_parts(request.actor, "creator", desk.id, [row.order.id for row in orders.items]),
        "facts": facts,
        "cases": cases,
        "earnings": read_earnings(request.actor, "creator", desk.id),
        "visits_today": visits[-1][1],
        "visits_before": visits[-2][1],
        "earned_today": earned[-1][1],
        "waits": [_waits(what, count, facts) for what, count in what_next(facts, cases=cases)],
        "way": way,
        "path": [] if way.over else path_of(way),
        "done": len(way.done),
        "starter": starter_of(request) if not facts.picks else None,
        "visits_chart": line(_("Visits by day"), labels, [Series(_("Visits"), [n for _day, n in visits], tone=2)])
        if any(n for _day, n in visits) else None,
        "earned_chart": bar(_("Earned by day of payment"), labels, [n for _day, n in earned], lambda n: format_money(n, money))
        if any(n for _day, n in earned) else None,
    }  # fmt: skip


def path_of(way: FirstSale) -> list[PathStep]:
    """Return the steps to a first sale in words, with where each is done."""
    words: dict[str, tuple[str, str, str, str]] = {
        "open": (_("Open your shop"), _("Your address is yours now."), "/creator/shop", _("Look")),
        "face": (_("Your face and a few words"), _("People buy from a face they know."), "/creator/shop", _("Add them")),
        "pallet": (
            _("Pick your first goods"),
            _("%(n)d of %(most)d picked. The starter pallet has goods that suit newcomers.") % {"n": way.picks, "most": PICKS_LEAST},
            "/creator/pallets", _("Look at pallets"),
        ),
        "post": (_("Write your first post"), _("Say why you use one of them. Two sentences and a picture will do."), "/creator/posts/new", _("Write")),
        "practice": (_("Try a practice order"), _("See what a buyer sees, pays, and where every cent goes. Nothing is charged."), "/creator/practice", _("Try it")),
        "sample": (_("Ask for a sample"), _("Hold in your hand what you recommend."), "/creator/pool?sample=on", _("Find one")),
        "share": (_("Share your link"), _("Send it to ten people who know you, one by one."), "/creator/links", _("Share")),
        "sale": (_("Your first sale"), _("It appears here the moment it is paid."), "", ""),
    }  # fmt: skip
    return [
        PathStep(*words[name], "done" if name in way.done else "current" if name == way.next else "todo")
        for name in STEPS
    ]


def _waits(what: str, count: int, facts: Today) -> Waits:
    """Return a thing to do in words."""
    n = {"n": count}
    return {
        "cases": lambda: Waits(
            ngettext("Answer %(n)d buyer", "Answer %(n)d buyers", count) % n,
            _("Something is wrong with what they bought. Your answer counts."), "/creator/cases", "chat"),
        "messages": lambda: Waits(
            ngettext("%(n)d unread talk", "%(n)d unread talks", count) % n, _("Somebody wrote to you."), "/creator/messages", "mail"),
        "recalled": lambda: Waits(
            ngettext("%(n)d pick was recalled", "%(n)d picks were recalled", count) % n,
            _("It is out of your shop. Tell whoever asks."), "/creator/recalls", "alert"),
        "comments": lambda: Waits(
            ngettext("%(n)d comment to look at", "%(n)d comments to look at", count) % n,
            _("They are shown once you let them."), "/creator/posts", "quote"),
        "unsold": lambda: Waits(
            ngettext("%(n)d pick cannot be bought", "%(n)d picks cannot be bought", count) % n,
            _("Sold out or not sold now. Move it down, or pick something else."), "/creator/picks", "box"),
        "low": lambda: Waits(
            ngettext("%(n)d pick has few left", "%(n)d picks have few left", count) % n,
            _("At most %(left)d left: a good reason to say so.") % {"left": max(facts.low.values(), default=0)}, "/creator/picks", "clock"),
        "invitations": lambda: Waits(
            ngettext("%(n)d supplier asks you", "%(n)d suppliers ask you", count) % n,
            _("They would like you to sell something."), "/creator/invitations", "gift"),
        "drafts": lambda: Waits(
            ngettext("%(n)d draft lies here", "%(n)d drafts lie here", count) % n, _("Finish it while you remember."), "/creator/posts", "edit"),
    }[what]()  # fmt: skip


def _parts(request: Request, desk: Desk) -> list[tuple[str, str, str, str, int]]:
    """Return what a member of the team looks after: (what, what it is about, where, icon, how much waits)."""
    own = {grant.role for grant in request.actor.grants if grant.subject_id == desk.id}
    parts = []
    if CONTENT in own:
        parts += [
            (_("Picks"), _("What the shop recommends, and its word for it."), "/creator/picks", "heart", 0),
            (_("Posts"), _("What the shop says, with its goods in it."), "/creator/posts", "edit", 0),
            (_("Selection centre"), _("Find goods that suit the shop."), "/creator/pool", "search", 0),
            (_("Look of the shop"), _("Colour, cover, and what comes first."), "/creator/theme", "spark", 0),
            (_("Links and posters"), _("Short links and posters to send on."), "/creator/links", "image", 0),
        ]
    if SERVICE in own:
        waiting = count_waiting(request.actor, "creator", desk.id)
        parts += [
            (_("Cases"), _("Buyers who want something put right."), "/creator/cases", "chat", waiting),
            (_("Messages"), _("What buyers ask."), "/creator/messages", "mail", count_shop_unread(request.actor)),
            (_("Orders"), _("What was bought, and where it is."), "/creator/orders", "box", 0),
        ]
    return [*parts, (_("Team"), _("Who looks after the shop with you."), "/creator/team", "users", 0)]
