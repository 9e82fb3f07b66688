"""How goods of the pool fit a shop: near what it stands for, in words, kind, maker and price. Pure.

The parts are each within -1 to 1 and their weights are ours: what other creators pick with one's own goods says most, then
the words of a title, then kind, price and maker; quality decides between what fits equally.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from uuid import UUID

from renmai.matching.feed.rules import Reason, in_turns

NEAR, WORDS, KIND, PRICE, MAKER, QUALITY = 1.0, 0.8, 0.4, 0.3, 0.3, 0.4
SAID_FROM = 0.05  # a part below this is no reason to name


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as its card tells of it; `price_minor` of its cheapest variant, `words` those of its title and names.

    `near` is how near the creators' model has it to the shop's goods, most of all to `because_id`; `picked`: it is in the shop.
    """

    product_id: UUID
    category_id: UUID | None
    supplier_id: UUID | None
    price_minor: int
    words: frozenset[str] = frozenset()
    quality: int = 0
    near: float = 0.0
    because_id: UUID | None = None
    picked: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """A product of the shop's past: `weight` above 0 speaks for such goods, below against; `sold` pieces of late."""

    goods: Goods
    weight: float
    sold: int = 0
    kind: str = ""


def order_goods(found: Sequence[Goods], own: Sequence[Own], *, by_fit: bool) -> list[tuple[UUID, Reason]]:
    """Return all of `found` with reasons: by fit, or by quality where asked or where the shop has no past.

    Never more than two of one maker in a row while there is another; what is in the shop already comes last.
    """
    if not by_fit or not any(one.weight > 0 for one in own):
        best = sorted(found, key=lambda one: (one.picked, -one.quality, -one.product_id.int))
        return [(one.product_id, ["quality"]) for one in best]
    parts = fits(found, own)
    best = sorted(found, key=lambda one: (one.picked, -sum(parts[one.product_id].values()), -one.product_id.int))
    reasons = {one.product_id: _reason(one, parts[one.product_id], own) for one in found}
    makers = {one.product_id: str(one.supplier_id) for one in found}
    fresh = in_turns([one.product_id for one in best if not one.picked], makers)
    return [(each, reasons[each]) for each in [*fresh, *(one.product_id for one in best if one.picked)]]


def fits(found: Sequence[Goods], own: Sequence[Own]) -> dict[UUID, dict[str, float]]:
    """Return product -> part -> how much it adds."""
    kinds, makers = _shares(own, "category_id"), _shares(own, "supplier_id")
    said, rare = _profile(own), _rareness([*found, *(one.goods for one in own)])
    price, most_near = _usual_price(own), max((abs(one.near) for one in found), default=0.0) or 1.0
    ranks = {one.product_id: place for place, one in enumerate(sorted(found, key=lambda one: one.quality))}
    return {
        one.product_id: {
            "near": NEAR * one.near / most_near,
            "words": WORDS * _likeness(one.words, said, rare),
            "kind": KIND * kinds.get(one.category_id, 0.0),
            "maker": MAKER * makers.get(one.supplier_id, 0.0),
            "price": PRICE * _closeness(one.price_minor, price),
            "quality": QUALITY * ranks[one.product_id] / len(found),
        }
        for one in found
    }  # fmt: skip


def _shares(own: Iterable[Own], name: str) -> dict[UUID | None, float]:
    sums: dict[UUID | None, float] = defaultdict(float)
    for one in own:
        sums[getattr(one.goods, name)] += one.weight
    sums.pop(None, None)
    most = max((abs(weight) for weight in sums.values()), default=0.0)
    return {key: weight / most for key, weight in sums.items()} if most else {}


def _profile(own: Iterable[Own]) -> dict[str, float]:
    said: dict[str, float] = defaultdict(float)
    for one in own:
        for word in one.goods.words:
            said[word] += one.weight
    return said


def _rareness(goods: Sequence[Goods]) -> Mapping[str, float]:
    counts = Counter(word for one in goods for word in one.words)
    return {word: log(1 + len(goods) / count) for word, count in counts.items()}


def _likeness(words: frozenset[str], said: Mapping[str, float], rare: Mapping[str, float]) -> float:
    """Return the cosine between a product's words and those of the shop, rare words weighing more."""
    both = sum(said[word] * rare[word] ** 2 for word in words if word in said)
    length = sqrt(sum(rare[word] ** 2 for word in words)) * sqrt(sum((w * rare[word]) ** 2 for word, w in said.items()))
    return both / length if length else 0.0


def _usual_price(own: Iterable[Own]) -> float | None:
    priced = [(log(one.goods.price_minor), one.weight) for one in own if one.weight > 0 and one.goods.price_minor > 0]
    whole = sum(weight for _, weight in priced)
    return sum(price * weight for price, weight in priced) / whole if whole else None


def _closeness(price_minor: int, usual: float | None) -> float:
    return 1 / (1 + abs(log(price_minor) - usual)) if usual is not None and price_minor > 0 else 0.0


def _reason(one: Goods, parts: Mapping[str, float], own: Sequence[Own]) -> Reason:
    """Return what speaks most for a product, as a code with the ids and numbers that its words need."""
    said = sorted(
        (name for name in ("near", "words", "kind", "maker") if parts[name] > SAID_FROM), key=lambda name: -parts[name]
    )
    for name in said:
        if name == "near" and one.because_id is not None:
            sold = any(each.goods.product_id == one.because_id and each.sold for each in own)
            return ["near_sold" if sold else "near_picked", str(one.because_id)]
        if name == "maker":
            return ["your_maker", sum(each.goods.supplier_id == one.supplier_id and each.weight > 0 for each in own)]
        alike = [each for each in own if each.weight > 0 and each.goods.category_id == one.category_id is not None]
        if name in ("words", "kind") and alike:
            pieces = sum(each.sold for each in alike)
            return ["kind_sold", pieces] if pieces else ["kind_picked", len(alike)]
    return ["quality"]
