"""How values are written for people: money, rates, multiples, large counts. Pure; the language is passed in."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from renmai.kit.money import digits_of

SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$", "JPY": "JP¥", "HKD": "HK$", "KRW": "₩"}

COMPACT_STEPS = {
    "en": ((10**9, "B"), (10**6, "M"), (10**4, "k")),
    "zh": ((10**8, "亿"), (10**4, "万")),
}


def money_pieces(minor: int, currency: str) -> tuple[str, str, str, str]:
    """Split an amount into minus, currency sign, whole part and fraction: -128000 CNY -> ("-", "¥", "1,280", ".00")."""
    digits = digits_of(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}" if currency else "")
    fraction = f".{rest:0{digits}d}" if digits else ""
    return ("-" if minor < 0 else ""), sign, f"{whole:,}", fraction


def format_money(minor: int, currency: str) -> str:
    """An amount in integer minor units as text: 12800, "CNY" -> "¥128.00"."""
    return "".join(money_pieces(minor, currency))


def trim(number: Decimal) -> str:
    """A decimal without trailing zeros and with thousands marked: 12.50 -> "12.5", 1200.00 -> "1,200"."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_percent(bps: int) -> str:
    """Basis points as a percentage without loss: 1250 -> "12.5%", 1 -> "0.01%"."""
    return f"{trim(Decimal(bps) / 100)}%"


def format_multiple(bps: int, language: str) -> str:
    """A price multiple in basis points of the supply price: 24000 -> "2.4x" or, in Chinese, "2.4倍".

    Rounded up at the second decimal, so that a price never looks closer to its supply price than it is.
    """
    number = (Decimal(bps) / 10_000).quantize(Decimal("0.01"), rounding=ROUND_CEILING)
    text = trim(number)
    text = text if "." in text else f"{text}.0"
    return f"{text}倍" if language.startswith("zh") else f"{text}x"


def format_compact(count: int, language: str) -> str:
    """A large count as people say it: 12345 -> "12.3k" or "1.2万"; below ten thousand it stays exact. Never rounded up."""
    for size, word in COMPACT_STEPS["zh" if language.startswith("zh") else "en"]:
        if abs(count) >= size:
            unit = 1000 if word == "k" else size
            return trim((Decimal(count) / unit).quantize(Decimal("0.1"), rounding=ROUND_DOWN)) + word
    return f"{count:,}"


def share_percent(part: int, whole: int) -> int:
    """How many of a hundred: bounded to 0..100, and 0 when there is no whole. For widths, not for accounts."""
    return max(0, min(100, part * 100 // whole)) if whole > 0 else 0


def is_cjk(char: str) -> bool:
    """Whether a character is a Chinese ideograph."""
    return "㐀" <= char <= "鿿"


def initials_of(name: str) -> str:
    """What stands in for a missing face: 林小满 -> "满", "Ada Lovelace" -> "AL", "" -> "·"."""
    words = name.split()
    if not words:
        return "·"
    if is_cjk(words[0][-1]):
        return words[0][-1]
    picked = [words[0], words[-1]] if len(words) > 1 else [words[0]]
    return "".join(word[0] for word in picked).upper()


def hue_of(name: str) -> int:
    """A stable colour number 0..7 for a name, the same on every page and after every restart."""
    return sum(name.encode()) % 8
