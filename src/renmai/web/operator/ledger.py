"""The ledger: from an account to its transfers, from a transfer to its order; found by name, account or subject id."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.problems import NotFound
from renmai.money.ledger.queries import balance_of
from renmai.trade.orders.models import Order
from renmai.trade.reports.explorer import (
    Account,
    account_of,
    find_accounts,
    list_accounts,
    list_subject_transfers,
    list_transfers,
)
from renmai.trade.reports.figures import orders_about, owners_of
from renmai.trade.reports.numbers import id_whole
from renmai.web.doors import Request, door
from renmai.web.operator.shown import account_title, amount, order_link, owner_link, transfer_lines
from renmai.web.ui.components import Column, Row

ACCOUNT_CHARS_MAX = 60


@door("operator")
def accounts(request: Request) -> HttpResponse:
    """List accounts with their balances; or what was found for a name, an account or an id."""
    words = request.GET.get("q", "").strip()
    subject = id_whole(words)
    if subject:
        return _about(request, words, subject)
    if ":" in words or words in SINGLE:
        return HttpResponseRedirect(f"/operator/ledger/{quote(words[:ACCOUNT_CHARS_MAX])}")
    if words:
        return _list(request, words, find_accounts(request.actor, words), None)
    page = list_accounts(request.actor, after=request.GET.get("cursor"))
    return _list(request, words, list(page.items), page.next_cursor)


SINGLE = frozenset(
    {
        "escrow",
        "unapplied",
        "return_due",
        "payout_due",
        "platform",
        "provider_fee",
        "bad_debt",
        "chargeback",
        "tax_due",
        "bank",
    }
)


def _about(request: Request, words: str, subject: UUID) -> HttpResponse:
    """Go to the account whose owner has this id; else show the transfers about it."""
    account_name = account_of(subject)
    if account_name:
        return HttpResponseRedirect(f"/operator/ledger/{quote(account_name)}")
    transfers = list_subject_transfers(request.actor, [subject])
    orders = orders_about([subject])[subject]
    context = {
        "words": words,
        "about": True,
        "transfers": transfer_lines(transfers),
        "orders": [order_link(order.id) for order in orders],
    }
    return render(request, "operator/ledger.html", context)


def _list(request: Request, words: str, found: list[Account], next_cursor: str | None) -> HttpResponse:
    owners = owners_of(account.name for account in found)
    context = {
        "words": words,
        "columns": [Column(_("Account")), Column(_("Balance"), numeric=True)],
        "rows": [
            Row([account_title(a.name, owners), amount(a.balance_minor)], f"/operator/ledger/{quote(a.name)}")
            for a in found
        ],
        "next_cursor": next_cursor,
    }
    return render(request, "operator/ledger.html", context)


@door("operator")
def account(request: Request, account: str) -> HttpResponse:
    """Show an account: its balance, and its transfers newest first."""
    kind, _colon, owner = account.partition(":")
    if len(account) > ACCOUNT_CHARS_MAX or (len(owner) == 36 and id_whole(owner) is None):
        raise NotFound()
    page = list_transfers(request.actor, account, after=request.GET.get("cursor"))
    owners = owners_of([account])
    lines = transfer_lines(page.items)
    orders = Order.objects.in_bulk({row.subject_id for row in page.items})
    for line in lines:
        row = line["row"]
        line["sign"] = 1 if row.credit == account else -1
        line["signed"] = amount(row.amount_minor * line["sign"], row.currency)
        line["other"] = line["debit"] if row.credit == account else line["credit"]
        line["order"] = order_link(row.subject_id) if row.subject_id in orders else ""
    context = {
        "account": account,
        "title": account_title(account, owners),
        "owner": owner_link(account, owners) if account in owners else "",
        "kind": kind,
        "balance_minor": balance_of(account),
        "lines": lines,
        "next_cursor": page.next_cursor,
    }
    return render(request, "operator/account.html", context)
