"""What agency and creator both see of a contract: its shop, its versions, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.config import config
from renmai.kit.money import digits_of, share
from renmai.people.agencies.models import Contract
from renmai.places.shops.models import Shop
from renmai.web.ui.charts import split_bar
from renmai.web.ui.components import Moment, Series
from renmai.web.ui.formats import format_money, format_percent
from renmai.web.ui.states import pill_of

EXAMPLE_MAJOR = 100


class EndForm(forms.Form):
    """Why a contract ends."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("The other side reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def with_shops(contracts: Sequence[Contract]) -> list[dict[str, Any]]:
    """Return contracts with their shops, by one statement."""
    shops = Shop.objects.in_bulk([contract.shop_id for contract in contracts])
    return [{"contract": contract, "shop": shops.get(contract.shop_id)} for contract in contracts]


def versions_of(contracts: Sequence[Contract]) -> list[Moment]:
    """Return the versions of one contract as a timeline, newest first."""
    return [_version(contract) for contract in contracts]


def _version(contract: Contract) -> Moment:
    tone, state = pill_of(contract.state)
    title = _("Version %(number)s: %(share)s, %(state)s") % {
        "number": contract.version, "share": format_percent(contract.share_bps), "state": state,
    }  # fmt: skip
    at = contract.ended_at or contract.starts_at or contract.proposed_at
    return Moment(title=title, at=at, text=contract.ended_why or contract.words, tone=tone)


def part_split(*, agency_bps: int, sharer_bps: int) -> SafeString:
    """Return the bar that says who has what of 100 of the creator's part: creator, agency, who shares."""
    currency = config().currency
    whole = EXAMPLE_MAJOR * 10 ** digits_of(currency)
    agency, sharer = share(whole, agency_bps), share(whole, sharer_bps)
    parts = [Series(_("Creator"), [whole - agency - sharer], tone=1)]
    if agency_bps:
        parts.append(Series(_("Agency"), [agency], tone=2))
    if sharer_bps:
        parts.append(Series(_("Who shared the link"), [sharer], tone=3))
    title = _("Of every %(whole)s of the creator's part") % {"whole": format_money(whole, currency)}
    return split_bar(title, parts, lambda minor: format_money(minor, currency))
