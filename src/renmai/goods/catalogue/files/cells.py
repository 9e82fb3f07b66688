"""One cell at a time: text to price, rate, count, address. Pure; a value that cannot be taken raises `Refused`."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from urllib.parse import urlsplit

from renmai.goods.catalogue.files.rows import Refused
from renmai.kit.money import BPS, digits_of

PRICE_MINOR_MAX = 10**9
STOCK_MAX = 10**9
GRAMS_MAX = 10**8
NUMBER_CHARS_MAX = 40
ADDRESS_CHARS_MAX = 2_000
CURRENCY_SIGNS = {"CNY": "¥元", "JPY": "¥円", "USD": "$", "EUR": "€", "GBP": "£"}
PLAIN = re.compile(r"\d+(\.\d+)?", re.ASCII)
GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
COMMA = re.compile(r"[\d.,]*\d,\d{1,2}", re.ASCII)
DOTTED = re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", re.ASCII)
SURROGATE = re.compile("[\ud800-\udfff]")
HANDLE = re.compile(r"[\w-]+")


def price(text: str, currency: str) -> int:
    """Return minor units > 0 from what a supplier typed: "12.5", "1,299.00", or with the currency's own sign or code.

    A lone decimal comma ("12,50") is refused, not guessed. Errors: Refused (price.*).
    """
    bare = _without_sign(_narrow(text), text, currency)
    if bare.startswith("-"):
        raise Refused("price.negative", f"{_quoted(text)} is below zero.")
    if DOTTED.fullmatch(bare) or (COMMA.fullmatch(bare) and not GROUPED.fullmatch(bare)):
        raise Refused("price.ambiguous", f"{_quoted(text)} can be read in two ways. Write it as 1299.00.")
    if GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    return _minor(_decimal(bare, text, "price.not_a_number"), text, currency)


def _minor(value: Decimal, text: str, currency: str) -> int:
    digits = digits_of(currency)
    if value > Decimal(PRICE_MINOR_MAX).scaleb(-digits):
        raise Refused("price.too_large", f"{_quoted(text)} is more than a price may be.")
    scaled = value.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise Refused("price.decimals", f"{_quoted(text)} has more than {digits} decimals.")
    if scaled == 0:
        raise Refused("price.zero", "A price must be above zero.")
    return int(scaled)


def _without_sign(bare: str, text: str, currency: str) -> str:
    signs = (currency, *(("RMB",) if currency == "CNY" else ()), *CURRENCY_SIGNS.get(currency, ""))
    for sign in signs:
        if bare.upper().startswith(sign):
            return bare[len(sign) :].strip()
        if bare.upper().endswith(sign):
            return bare[: -len(sign)].strip()
    if any(mark in bare for marks in CURRENCY_SIGNS.values() for mark in marks):
        raise Refused("price.currency", f"{_quoted(text)} is not in {currency}.")
    return bare


def commission_bps(text: str) -> int | None:
    """Return basis points from a percentage ("15", "15%", "12.5"); None from nothing. Errors: Refused."""
    return _rate_bps(text, "commission", "A commission")


def service_bps(text: str) -> int | None:
    """Return the service fee for agencies, as `commission_bps` returns the commission. Errors: Refused."""
    return _rate_bps(text, "service", "A service fee")


def _rate_bps(text: str, code: str, what: str) -> int | None:
    bare = _narrow(text).removesuffix("%").strip()
    if not bare:
        return None
    value = _decimal(bare, text, f"{code}.not_a_number")
    if value > 100:
        raise Refused(f"{code}.range", f"{what} of {_quoted(text)} is not between 0 and 100 percent.")
    scaled = value * 100
    if scaled != scaled.to_integral_value() or scaled > BPS:
        raise Refused(f"{code}.decimals", f"{what} of {_quoted(text)} has more than 2 decimals.")
    return int(scaled)


def stock(text: str) -> int:
    """Return how many can be sold. Nothing is 0; below zero (Shopify writes that when oversold) is 0 as well."""
    bare = _narrow(text)
    if not bare:
        return 0
    negative, bare = bare.startswith("-"), bare.removeprefix("-")
    value = _decimal(bare, text, "stock.not_a_number")
    if value > STOCK_MAX:
        raise Refused("stock.too_large", f"A stock of {_quoted(text)} is more than can be kept.")
    if value != value.to_integral_value():
        raise Refused("stock.not_a_number", f"A stock of {_quoted(text)} is not a whole number.")
    return 0 if negative else int(value)


def grams(text: str) -> int | None:
    """Return whole grams, rounded half up (Shopify exports 1814.3694720000001); None from nothing. Errors: Refused."""
    bare = _narrow(text)
    if not bare:
        return None
    value = _decimal(bare, text, "grams.not_a_number")
    if value > GRAMS_MAX:
        raise Refused("grams.too_large", f"A weight of {_quoted(text)} grams is too much.")
    return int(value.to_integral_value(ROUND_HALF_UP))


def amount_text(minor: int, currency: str) -> str:
    """Return minor units as a file would write them: 1250 -> "12.50"."""
    return format(Decimal(minor).scaleb(-digits_of(currency)), "f")


def kilograms(text: str) -> str:
    """Return kilograms, as PLAIN writes them, as text in grams."""
    return format(Decimal(text) * 1000, "f")


def handle(text: str) -> str:
    """Return the handle in lower case: letters, digits, hyphens, underscores. Errors: Refused."""
    lowered = text.strip().lower()
    if not lowered:
        raise Refused("handle.missing", "The row has no handle, so it belongs to no product.")
    if len(lowered) > 200 or not HANDLE.fullmatch(lowered):
        raise Refused(
            "handle.shape", f"The handle {_quoted(text)} may have only letters, digits and hyphens, at most 200."
        )
    return lowered


def address(text: str) -> str:
    """Return an absolute http(s) address without a login in it. Whether it may be fetched is for who fetches."""
    bare = text.strip()
    try:
        parts = urlsplit(bare)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound or len(bare) > ADDRESS_CHARS_MAX or any(ch.isspace() or ord(ch) < 33 for ch in bare):
        raise Refused("image.address", f"The image address {_quoted(text)} is not a full http or https address.")
    return bare


def short(text: str, what: str, chars_max: int) -> str:
    """Return `text` stripped; longer than `chars_max` is refused (text.too_long)."""
    bare = text.strip()
    if len(bare) > chars_max:
        raise Refused("text.too_long", f"{what} has more than {chars_max} characters.")
    return bare


def unsound(text: str) -> tuple[str, str] | None:
    """Return (code, reason) when `text` has characters that no database or page can carry, else None."""
    if "\x00" in text:
        return "row.nul", "The row has a NUL character in it."
    if SURROGATE.search(text):
        return "row.surrogate", "The row has half of a two-part character in it."
    return None


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text[: NUMBER_CHARS_MAX + 1]).strip()


def _decimal(bare: str, text: str, code: str) -> Decimal:
    if len(bare) > NUMBER_CHARS_MAX or not PLAIN.fullmatch(bare):
        raise Refused(code, f"{_quoted(text)} is not a number that can be read here.")
    try:
        return Decimal(bare)
    except InvalidOperation:  # pragma: no cover - PLAIN allows only what Decimal reads
        raise Refused(code, f"{_quoted(text)} is not a number.") from None


def _quoted(text: str) -> str:
    bare = " ".join(text.split())
    return f'"{bare[:40]}..."' if len(bare) > 43 else f'"{bare}"'
