"""Brands as their supplier and the operator see them: the chain with its documents, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from renmai.goods.brands.models import AuthorisationLink
from renmai.goods.screening.models import Evidence
from renmai.kit.media.models import Media
from renmai.kit.media.rules import DOCUMENT_SIZES_PX, PDF, media_url

FAULTS = {
    "supplier_not_approved": gettext_lazy("The supplier is not approved."),
    "no_certificate": gettext_lazy("The certificate of the mark is missing, or has expired."),
    "no_story": gettext_lazy("The story is missing."),
    "no_chain": gettext_lazy("The supplier does not own the mark, and no chain of authorisations is here."),
    "not_from_owner": gettext_lazy("The chain does not begin with the owner of the mark."),
    "chain_broken": gettext_lazy("The chain is broken: whoever was allowed must be the one who allows next."),
    "not_to_supplier": gettext_lazy("The chain does not end with the supplier."),
    "link_expired": gettext_lazy("A document of the chain has expired."),
    "brand_not_approved": gettext_lazy("The brand is not approved."),
}


def fault_sentences(faults: Sequence[str]) -> list[str]:
    """Return what is missing, as sentences."""
    return [str(FAULTS.get(fault, fault)) for fault in faults]


def chain_rows(links: Sequence[AuthorisationLink]) -> list[dict[str, Any]]:
    """Return the links with the addresses of their documents; two statements."""
    evidence = Evidence.objects.in_bulk([link.evidence_id for link in links])
    media = Media.objects.in_bulk([row.media_id for row in evidence.values()])
    rows = []
    for link in links:
        document = media.get(evidence[link.evidence_id].media_id) if link.evidence_id in evidence else None
        rows.append({"link": link, "href": _address(document) if document else ""})
    return rows


def _address(media: Media) -> str:
    return media_url(media.id, None if media.content_type == PDF else DOCUMENT_SIZES_PX[-1])
