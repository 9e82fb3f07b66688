"""Where a request for an invoice stands, on every page that shows one."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renmai.web.ui.templatetags.ui import pill

register = template.Library()
STATES = {
    "requested": ("warn", _("Waiting for the invoice")),
    "issued": ("good", _("Issued")),
    "refused": ("bad", _("Refused")),
}


@register.filter
def invoice_pill(state: str) -> SafeString:
    """`{{ invoice.state|invoice_pill }}`: the state of a request with its tone."""
    tone, label = STATES[state]
    return pill(state, str(label), tone)
