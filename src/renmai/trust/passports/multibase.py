"""Keys and signatures as text: base58btc and Multikey (W3C Controlled Identifiers 1.0, sections 2.4 and 4.2). Pure."""

from __future__ import annotations

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)}
_TEXT_MAX = 200
# The multicodec of a public Ed25519 key, as a varint.
_ED25519_PUBLIC = b"\xed\x01"


class BadText(ValueError):
    """Text that is no base58btc, or no key of this kind."""


def encode(raw: bytes) -> str:
    """Return `raw` in base58btc, with the multibase letter z."""
    number, signs = int.from_bytes(raw), ""
    while number:
        number, rest = divmod(number, 58)
        signs = _ALPHABET[rest] + signs
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + signs


def decode(text: str) -> bytes:
    """Return what `text` says; it has one spelling only. Errors: BadText."""
    if not text.startswith("z") or len(text) > _TEXT_MAX or any(sign not in _VALUES for sign in text[1:]):
        raise BadText("no base58btc")
    number, signs = 0, text[1:]
    for sign in signs:
        number = number * 58 + _VALUES[sign]
    zeros = len(signs) - len(signs.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(public: bytes) -> str:
    """Return a public Ed25519 key (32 bytes) as a Multikey, z6Mk..."""
    return encode(_ED25519_PUBLIC + public)


def public_of(text: str) -> bytes:
    """Return the public Ed25519 key in a Multikey. Errors: BadText."""
    raw = decode(text)
    if raw[:2] != _ED25519_PUBLIC or len(raw) != 34:
        raise BadText("no Ed25519 key")
    return raw[2:]
