"""Refusals that were kept as code and parameters, said in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError


def fault_text(fault: Mapping[str, Any] | None, otherwise: str) -> str:
    """Return what a kept refusal says; `otherwise` where its code or its parameters are no longer known."""
    message = _messages().get(fault["code"]) if fault else None
    try:
        return _(message).format(**fault["params"]) if fault and message else otherwise
    except (KeyError, IndexError):
        return otherwise


@cache
def _messages() -> dict[str, str]:
    """Return the sentence of every code."""
    return {kind.code: kind.message for kind in _kinds(DomainError)}


def _kinds(parent: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from _kinds(kind)
