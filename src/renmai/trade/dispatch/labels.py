"""Who makes labels: the house itself (a plain one, without a carrier's number), or a label service over HTTP.

The service's contract, so that any carrier's or aggregator's interface can be put behind it in an afternoon:
`POST LABEL_URL` with JSON {"parcel", "order", "from", "to", "lines": [{"code", "title", "quantity"}]}, the header
`Idempotency-Key: <parcel>` (a label is paid once) and `Renmai-Signature: sha256=<HMAC-SHA256 of the body, key LABEL_SECRET>`;
it answers 200 with {"carrier", "tracking", "label_pdf": base64 of a PDF}.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from renmai.config import config
from renmai.kit.http import Limits, Network, fetch
from renmai.kit.outgoing import OutgoingError
from renmai.kit.problems import DomainError
from renmai.trade.dispatch.papers import label_pdf
from renmai.trade.dispatch.rules import CARRIER_CHARS_MAX, TRACKING_CHARS_MAX, Pack

LIMITS = Limits(bytes_max=5_000_000, seconds_max=20)


class LabelNotMade(DomainError):
    """The label service did not answer, refused, or answered something else; `why` says which. It may be tried again."""

    code = "dispatch.label_not_made"
    status = 502
    message = "The label service made no label: {why}"


@dataclass(frozen=True, slots=True)
class Label:
    """A label: who made it, under which number it travels ("" for none), and the PDF."""

    maker: str
    carrier: str
    tracking: str
    pdf: bytes


def make_label(pack: Pack, sender: Mapping[str, str], name: str, *, network: Network | None = None) -> Label:
    """Return a label for a parcel, of the service where one is set, else a plain one. Errors: LabelNotMade.

    Asked again for the same parcel, the service answers the same label (its idempotency key).
    """
    settings = config()
    if settings.label_url is None:
        pdf = label_pdf(pack.parcel_id, pack.order_id, sender, pack.address, name)
        return Label("plain", "", "", pdf)
    secret = settings.label_secret.get_secret_value() if settings.label_secret else ""
    body = orjson.dumps(_asked(pack, sender, name))
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json",
        "idempotency-key": str(pack.parcel_id),
        "renmai-signature": f"sha256={signature}",
    }
    parts = urlsplit(settings.label_url)
    own = frozenset({f"{parts.scheme}://{parts.netloc}"})  # the operator's own service may be on a private address
    try:
        answer = fetch(
            settings.label_url, method="POST", body=body, headers=headers, limits=LIMITS, allow=own,
            network=network or Network(),
        )  # fmt: skip
    except OutgoingError as refusal:
        raise LabelNotMade(why=refusal.text) from refusal
    if answer.status != 200:
        raise LabelNotMade(why=f"it answered {answer.status}.")
    return _read(answer.body)


def _asked(pack: Pack, sender: Mapping[str, str], name: str) -> dict[str, Any]:
    lines = [{"code": line.code, "title": line.title, "quantity": line.quantity} for line in pack.lines]
    return {
        "parcel": pack.parcel_id,
        "order": pack.order_id,
        "from": {"name": name, **sender},
        "to": dict(pack.address),
        "lines": lines,
    }


def _read(body: bytes) -> Label:
    try:
        told = orjson.loads(body)
        carrier, tracking = str(told["carrier"]).strip(), str(told["tracking"]).strip()
        pdf = b64decode(told["label_pdf"], validate=True)
    except (orjson.JSONDecodeError, KeyError, TypeError, NotBase64, ValueError):
        raise LabelNotMade(why="its answer is not what was agreed.") from None
    if not (0 < len(carrier) <= CARRIER_CHARS_MAX and 0 < len(tracking) <= TRACKING_CHARS_MAX):
        raise LabelNotMade(why="its answer names no carrier or number.")
    if not pdf.startswith(b"%PDF-"):
        raise LabelNotMade(why="its label is not a PDF.")
    return Label("service", carrier, tracking, pdf)
