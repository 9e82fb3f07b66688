"""Send evidence against chargebacks to providers."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from renmai.kit.access import SYSTEM
from renmai.kit.media.models import Media
from renmai.kit.media.queries import open_media
from renmai.kit.media.rules import DOCUMENT_SIZES_PX, PDF
from renmai.kit.problems import DomainError
from renmai.money.gateways.registry import gateway, gateway_names
from renmai.money.gateways.rules import EvidenceFile, GatewayRefused
from renmai.money.payments.chargebacks import DueEvidence, claim_evidence, note_evidence

log = logging.getLogger("renmai.gateways")


def send_due_evidence(*, now: datetime, limit: int = 20) -> int:
    """Send providers the evidence that is due (a job's body); return how much was taken.

    What a provider refuses is shown and waits for other evidence; what cannot be asked for now is tried again.
    """
    return sum(_send(due, now) for due in claim_evidence(gateways=gateway_names(), now=now, limit=limit))


def _send(due: DueEvidence, now: datetime) -> bool:
    error, final = "", False
    try:
        files = [evidence_file(media_id) for media_id in due.media_ids]
        gateway(due.gateway).send_evidence(
            key=due.key, chargeback_ref=due.provider_ref, words=due.words, files=files, now=now
        )
    except DomainError as refusal:
        error, final = refusal.text, isinstance(refusal, GatewayRefused)
    except Exception as fault:
        log.exception("evidence could not be sent")
        error = str(fault) or type(fault).__name__
    note_evidence(due=due, error=error, final=final, now=now)
    return not error


def evidence_file(media_id: UUID) -> EvidenceFile:
    """Return a file that was handed in, as it is stored. Errors: NotFound."""
    media = Media.objects.get(id=media_id)
    size = None if media.content_type == PDF else DOCUMENT_SIZES_PX[-1]
    opened = open_media(media_id, size, SYSTEM, can_read=lambda _actor, _media: True)
    with opened.content as content:
        return EvidenceFile(media.original_name, media.content_type, content.read())
