"""Addresses that providers and payers come to. Those of payment pages are signed: nobody can change what is asked, or
guess one without the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import asdict
from functools import cache

import orjson
from django.conf import settings

from renmai.config import config
from renmai.money.gateways.rules import NOTIFY_PATH, BadSignature, Page


def pack(key: bytes, page: Page) -> str:
    """Return `page` as a signed token for an address; nothing about it is secret."""
    body = orjson.dumps(asdict(page))
    return f"{_base64(body)}.{_base64(hmac.digest(key, body, hashlib.sha256))}"


def unpack(key: bytes, token: str) -> Page:
    """Return the page of a token. Errors: BadSignature."""
    body, _, digest = token.partition(".")
    try:
        raw, given = _plain(body), _plain(digest)
    except ValueError:
        raise BadSignature() from None
    if not hmac.compare_digest(hmac.digest(key, raw, hashlib.sha256), given):
        raise BadSignature()
    return Page(**orjson.loads(raw))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def derived_key(purpose: str) -> bytes:
    """Return the key for one purpose, derived from the secret of the installation."""
    return _derived(settings.SECRET_KEY, purpose.encode())


@cache
def _derived(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, hashlib.sha256)


def pay_address(gateway_name: str, page: Page) -> str:
    """Return the address of our page that asks the provider and sends the payer on."""
    return f"{config().pages_origin}/pay/{gateway_name}?order={pack(_pay_key(gateway_name), page)}"


def read_pay_token(gateway_name: str, token: str) -> Page:
    """Return what such an address asks for. Errors: BadSignature."""
    return unpack(_pay_key(gateway_name), token)


def _pay_key(gateway_name: str) -> bytes:
    return derived_key(f"pay page {gateway_name}")


def notify_url(gateway_name: str) -> str:
    """Return the address at which this installation takes a gateway's messages."""
    return config().pages_origin + NOTIFY_PATH.format(gateway=gateway_name)
