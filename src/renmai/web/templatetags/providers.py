"""Names of payment providers and of ways to pay, on the operator's pages."""

from __future__ import annotations

from django import template

from renmai.web.operator.money_words import GATEWAYS, METHODS
from renmai.web.operator.words import word

register = template.Library()


@register.filter
def gateway_word(name: str) -> str:
    """`{{ payment.gateway|gateway_word }}`: the name people know the provider by."""
    return word(GATEWAYS, name)


@register.filter
def method_word(method: str) -> str:
    """`{{ payment.method|method_word }}`: card, wallet or bank transfer, in words."""
    return word(METHODS, method)
