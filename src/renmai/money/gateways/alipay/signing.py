"""Signatures of Alipay's open platform (RSA2): of requests, of answers, of notices.

Source: the provider's documents on signing and on verifying answers and asynchronous notices.
"""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecodeError, JSONDecoder
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from renmai.money.gateways.rsa import is_signed, sign
from renmai.money.gateways.rules import BadMessage, BadSignature


def text_of(fields: Mapping[str, str]) -> bytes:
    """Return what is signed of named fields: `name=value` in order of the names, joined by `&`."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()


def signed_fields(key: RSAPrivateKey, fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a request with its signature. Empty ones are left out."""
    kept = {name: value for name, value in fields.items() if value}
    return {**kept, "sign": sign(key, text_of(kept))}


def read_notice(key: RSAPublicKey, body: bytes) -> dict[str, str]:
    """Return the fields of a notice that Alipay signed. Errors: BadSignature, BadMessage."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise BadMessage(why="it is no form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadMessage(why="it names a field twice")
    signature, kind = fields.pop("sign", ""), fields.pop("sign_type", "")
    if kind != "RSA2" or not is_signed(key, text_of(fields), signature):
        raise BadSignature()
    return fields


def read_answer(key: RSAPublicKey, body: str, method: str) -> dict[str, Any]:
    """Return the answer to `method`, verified. Errors: BadSignature, BadMessage.

    What is signed is the text of the inner object as it was sent, to the letter.
    """
    name = f'"{method.replace(".", "_")}_response":'
    place = body.find(name)
    if place < 0:
        raise BadMessage(why="it answers something else")
    start = place + len(name)
    while body[start : start + 1].isspace():
        start += 1
    try:
        inner, end = JSONDecoder().raw_decode(body, start)
        signature = JSONDecoder().decode(body).get("sign", "")
    except (JSONDecodeError, AttributeError, RecursionError):
        raise BadMessage(why="it is not JSON") from None
    if not isinstance(inner, dict) or not isinstance(signature, str):
        raise BadMessage(why="it is no answer of Alipay")
    if not is_signed(key, body[start:end].encode(), signature):
        raise BadSignature()
    return inner
