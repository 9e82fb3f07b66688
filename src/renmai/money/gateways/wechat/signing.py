"""Signatures and ciphers of WeChat Pay's API v3 (public-key mode).

Source: the provider's documents on signing requests, verifying answers and notices, and decrypting resources.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from renmai.money.gateways.rsa import is_signed, sign
from renmai.money.gateways.rules import BadMessage, BadSignature

TOLERANCE_SECONDS = 300
SCHEME = "WECHATPAY2-SHA256-RSA2048"


@dataclass(frozen=True, slots=True)
class Keys:
    """Who we are there and how both sides sign. `apiv3_key`: 32 bytes, opens what notices carry."""

    mchid: str
    serial: str
    private: RSAPrivateKey
    public: RSAPublicKey
    public_id: str
    apiv3_key: bytes

    def __repr__(self) -> str:
        """Return the merchant alone: keys are for nobody's log."""
        return f"Keys({self.mchid})"


def authorization(keys: Keys, *, method: str, target: str, body: bytes, nonce: str, at: int) -> str:
    """Return the header `Authorization` of a request. `target` is the path with its query."""
    text = request_text(method=method, target=target, body=body, nonce=nonce, at=at)
    named = {
        "mchid": keys.mchid,
        "nonce_str": nonce,
        "signature": sign(keys.private, text),
        "timestamp": str(at),
        "serial_no": keys.serial,
    }
    return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in named.items())


def request_text(*, method: str, target: str, body: bytes, nonce: str, at: int) -> bytes:
    """Return what is signed of a request."""
    return f"{method}\n{target}\n{at}\n{nonce}\n".encode() + body + b"\n"


def check_signed(keys: Keys, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Refuse what WeChat Pay did not sign, or signed more than five minutes from `now`. Errors: BadSignature.

    `headers`: names in lower case.
    """
    stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature()
    if headers.get("wechatpay-serial") != keys.public_id:
        raise BadSignature()
    text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    if not is_signed(keys.public, text, headers.get("wechatpay-signature", "")):
        raise BadSignature()
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature()


def open_resource(keys: Keys, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a notice carries, decrypted (AES-256-GCM). Errors: BadMessage, BadSignature (made with another key)."""
    try:
        if resource["algorithm"] != "AEAD_AES_256_GCM":
            raise BadMessage(why="its cipher is not known")
        sealed = base64.b64decode(resource["ciphertext"], validate=True)
        about = str(resource.get("associated_data") or "").encode()
        opened = orjson.loads(AESGCM(keys.apiv3_key).decrypt(str(resource["nonce"]).encode(), sealed, about))
    except InvalidTag:
        raise BadSignature() from None
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise BadMessage(why="it is no notice of WeChat Pay") from None
    if not isinstance(opened, dict):
        raise BadMessage(why="it is no notice of WeChat Pay")
    return opened
