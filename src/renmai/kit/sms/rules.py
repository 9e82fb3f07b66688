"""Phone numbers as the world writes them (ITU-T E.164). Pure.

Only the shape is checked: whether a number exists is told by the code that arrives. A library that knows every country's
plan (phonenumbers) is a hundred times as large, and its plans age.
"""

from __future__ import annotations

import re
import unicodedata

from renmai.kit.problems import DomainError

DIGITS_LEAST, DIGITS_MOST = 8, 15
_FILLING = re.compile(r"[\s().\-\u2010-\u2015/]+")
# What a mobile number looks like where the plan is simple and the house is most at home; others only by their length.
_MOBILE = {"86": re.compile(r"861[3-9][0-9]{9}")}


class BadPhone(DomainError):
    """Not a phone number that a text message could reach."""

    code = "account.bad_phone"
    status = 422
    message = "Please enter a mobile number, like 138 0013 8000 or +44 7700 900123."


def checked_phone(text: str, *, country: str) -> str:
    """Return the number in E.164 ("+" and 8 to 15 digits). `country` is the calling code of a number that names none.

    A "00" in front is a "+"; one "0" in front of a number without a country is the trunk's and falls away. Errors: BadPhone.
    """
    plain = _FILLING.sub("", unicodedata.normalize("NFKC", text.strip()))
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    digits = plain[1:] if plain.startswith("+") else country + plain.removeprefix("0")
    if not (digits.isascii() and digits.isdigit() and DIGITS_LEAST <= len(digits) <= DIGITS_MOST) or digits[0] == "0":
        raise BadPhone()
    plan = next((shape for code, shape in _MOBILE.items() if digits.startswith(code)), None)
    if plan is not None and not plan.fullmatch(digits):
        raise BadPhone()
    return "+" + digits


def masked_phone(phone: str) -> str:
    """Return a number of which strangers see only the last four digits."""
    return f"\u2026{phone[-4:]}"
