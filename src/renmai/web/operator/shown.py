"""Parts that several of the operator's pages show: links, amounts, cells with a second line, tabs, accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from renmai.config import config
from renmai.goods.screening.models import Decision, Evidence
from renmai.goods.suppliers.models import Supplier
from renmai.kit.ids import short_number
from renmai.kit.media.models import Media
from renmai.kit.media.rules import DOCUMENT_SIZES_PX, PDF, media_url
from renmai.money.ledger.models import Transfer
from renmai.places.shops.models import Shop
from renmai.trade.reports.figures import Owner, owners_of
from renmai.web.desks.checklists import paper_title
from renmai.web.desks.words import in_language
from renmai.web.operator.money_words import GATEWAYS
from renmai.web.operator.words import ACCOUNTS, TRANSFERS, state_word, word
from renmai.web.ui.components import Moment, Tab
from renmai.web.ui.formats import format_money
from renmai.web.ui.states import pill_of

PICTURE_PX = 320


def amount(minor: int, currency: str = "") -> str:
    """Return an amount as text, in the installation's currency unless another is given."""
    return format_money(minor, currency or config().currency)


def two_lines(first: object, second: object) -> SafeString:
    """Return a cell with a softer second line; one line alone where the second is empty."""
    if not second:
        return format_html("{}", first)
    return format_html('<span>{}<br><span class="soft small">{}</span></span>', first, second)


def link(href: str, label: object) -> SafeString:
    """Return a link."""
    return format_html('<a href="{}">{}</a>', href, label)


def order_link(order_id: UUID) -> SafeString:
    """Return a link to an order, named by its short number."""
    return format_html('<a class="no-wrap" href="/operator/orders/{}">{}</a>', order_id, short_number(order_id))


def tabs_of(root: str, parameter: str, choices: Iterable[tuple[str, object]], current: str) -> list[Tab]:
    """Return tabs that set one parameter; choices are (value, label)."""
    return [Tab(str(label), f"{root}?{parameter}={value}", value == current) for value, label in choices]


def account_title(account: str, owners: Mapping[str, Any]) -> str:
    """Return an account's name in words: "Supplier: Hill Tea"."""
    kind, _colon, rest = account.partition(":")
    owner = owners.get(account)
    if owner is not None:
        rest = named(owner)
    elif kind == "gateway" and rest:
        rest = word(GATEWAYS, rest)
    title = word(ACCOUNTS, kind)
    return _("%(kind)s: %(name)s") % {"kind": title, "name": rest} if rest else title


def named(owner: Owner) -> str:
    """Return the name of who is behind an account; a person without a name by e-mail address."""
    return in_language(owner, "name") or getattr(owner, "email", "")


def account_link(account: str, owners: Mapping[str, Any]) -> SafeString:
    """Return a link to an account's page."""
    return link(f"/operator/ledger/{quote(account)}", account_title(account, owners))


def owner_link(account: str, owners: Mapping[str, Any]) -> SafeString | str:
    """Return a link to the supplier behind an account, or the shop's public page; a name or text where there is neither."""
    owner = owners.get(account)
    if owner is None:
        return account
    if isinstance(owner, Shop):
        return link(f"/@{owner.handle}", in_language(owner, "name"))
    if isinstance(owner, Supplier):
        return link(f"/operator/suppliers/{owner.id}", in_language(owner, "name"))
    return named(owner)


def transfer_lines(transfers: Sequence[Transfer]) -> list[dict[str, Any]]:
    """Return transfers with their accounts and kind in words. Two statements."""
    owners = owners_of({name for row in transfers for name in (row.debit, row.credit)})
    return [
        {
            "row": row,
            "kind": word(TRANSFERS, row.kind),
            "debit": account_link(row.debit, owners),
            "credit": account_link(row.credit, owners),
            "amount": amount(row.amount_minor, row.currency),
        }
        for row in transfers
    ]


def evidence_rows(evidence: Sequence[Evidence], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """Return documents with who handed them in and the address they open at (the largest picture, or the PDF)."""
    media = Media.objects.in_bulk([item.media_id for item in evidence])
    sizes = {row.id: None if row.content_type == PDF else DOCUMENT_SIZES_PX[-1] for row in media.values()}
    return [
        {
            "row": item,
            "title": paper_title(item),
            "who": names.get(item.by_id, ""),
            "href": media_url(item.media_id, sizes.get(item.media_id)),
        }
        for item in evidence
    ]


def decision_moments(decisions: Sequence[Decision], names: Mapping[UUID, str]) -> list[Moment]:
    """Return decisions as entries of a timeline: verdict, by whom, and the reason."""
    return [
        Moment(
            title=f"{state_word(row.verdict)} · {names.get(row.by_id, '') if row.by_id else _('the house itself')}".rstrip(
                " ·"
            ),
            at=row.at,
            text=row.reason,
            tone=pill_of(row.verdict)[0],
        )
        for row in decisions
    ]
