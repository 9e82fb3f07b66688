"""Categories and what their products say of themselves, by operators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.goods.products.attributes import ATTRIBUTES_MAX, CHOICES_MAX
from renmai.goods.products.models import AttributeKind, Category, CategoryAttribute
from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.money import BPS
from renmai.kit.problems import DomainError, Invalid, NotFound

SLUG = Text(40, required=True, pattern="[a-z0-9]+(-[a-z0-9]+)*", shape="Small letters, digits and hyphens.")
NAMES = {"slug": SLUG, "name": Text(80, required=True), "name_zh": Text(80, required=True)}
ATTRIBUTE = {"code": SLUG, "name": Text(80, required=True), "name_zh": Text(80, required=True), "unit": Text(20)}
LIMITS = {"cap_multiple_bps": (BPS, 100 * BPS), "withdrawal_days": (0, 365), "deposit_minor": (0, 10**12)}


class CategoryTaken(DomainError):
    """A short name that another category has."""

    code = "category.taken"
    status = 409
    message = "There is a category called {slug} already."


@transaction.atomic
def make_category(
    *,
    actor: Actor,
    now: datetime,
    slug: str,
    name: str,
    name_zh: str,
    cap_multiple_bps: int = 30_000,
    withdrawal_days: int = 7,
    deposit_minor: int = 0,
) -> Category:
    """Make a category: event category.made. Errors: Forbidden, Invalid, CategoryTaken."""
    require_role(actor, "operator")
    texts = checked_texts(NAMES, {"slug": slug, "name": name, "name_zh": name_zh})
    numbers = _numbers({
        "cap_multiple_bps": cap_multiple_bps, "withdrawal_days": withdrawal_days, "deposit_minor": deposit_minor
    })  # fmt: skip
    category, made = Category.objects.get_or_create(slug=texts["slug"], defaults={**texts, **numbers})
    if not made:
        raise CategoryTaken(slug=texts["slug"])
    record(Happened("category.made", category.id, now, {"slug": category.slug, **numbers}, actor.person_id))
    return category


@transaction.atomic
def edit_category(*, actor: Actor, now: datetime, category_id: UUID, **changes: Any) -> Category:
    """Change any of name, name_zh, cap_multiple_bps, withdrawal_days, deposit_minor; orders placed keep theirs.

    A lower cap holds for every price set and every order placed from now on: what stands above it cannot be bought until
    its supplier lowers it. After: event category.changed; nothing when nothing differs.
    Errors: Forbidden, NotFound, Invalid, TypeError for a field that does not exist.
    """
    require_role(actor, "operator")
    if unknown := set(changes) - {"name", "name_zh", *LIMITS}:
        raise TypeError(f"no such field of a category: {sorted(unknown)}")
    category = Category.objects.select_for_update().filter(id=category_id).first()
    if category is None:
        raise NotFound()
    fields = ("name", "name_zh", *LIMITS)
    before = {name: getattr(category, name) for name in fields}
    wanted = before | changes
    after = checked_texts({n: NAMES[n] for n in ("name", "name_zh")}, wanted) | _numbers({n: wanted[n] for n in LIMITS})
    differing = {name: after[name] for name in fields if before[name] != after[name]}
    if differing:
        for name, value in differing.items():
            setattr(category, name, value)
        category.save(update_fields=list(differing))
        data = {"before": {name: before[name] for name in differing}, "after": differing}
        record(Happened("category.changed", category_id, now, data, actor.person_id))
    return category


def _numbers(given: dict[str, Any]) -> dict[str, Any]:
    faults = {
        name: f"Between {least} and {most}."
        for name, (least, most) in LIMITS.items()
        if not isinstance(given[name], int) or not least <= given[name] <= most
    }
    if faults:
        raise Invalid(fields=faults)
    return given


@transaction.atomic
def put_attribute(
    *,
    actor: Actor,
    now: datetime,
    category_id: UUID,
    code: str,
    name: str,
    name_zh: str,
    kind: str = "text",
    unit: str = "",
    choices: Sequence[Sequence[str]] = (),
    required: bool = False,
    position: int = 0,
) -> CategoryAttribute:
    """Make or change an attribute of a category, known by its code. `choices` is (value, name, name in Chinese).

    What products say already stays; it is checked again when they are changed. After: event category.attribute_put.
    Errors: Forbidden, NotFound, Invalid.
    """
    require_role(actor, "operator")
    category = Category.objects.select_for_update().filter(id=category_id).first()
    if category is None:
        raise NotFound()
    texts = checked_texts(ATTRIBUTE, {"code": code, "name": name, "name_zh": name_zh, "unit": unit})
    values = {
        **texts, "kind": kind, "required": required, "position": max(0, min(position, 1000)),
        "choices": _choices(kind, choices), "unit": texts["unit"] if kind == AttributeKind.NUMBER else "",
    }  # fmt: skip
    known = CategoryAttribute.objects.filter(category=category)
    if known.count() >= ATTRIBUTES_MAX and not known.filter(code=texts["code"]).exists():
        raise Invalid(fields={"code": f"At most {ATTRIBUTES_MAX} attributes."})
    attribute, _ = known.update_or_create(code=texts["code"], category=category, defaults=values)
    record(Happened("category.attribute_put", category_id, now, {"code": texts["code"]}, actor.person_id))
    return attribute


def _choices(kind: str, choices: Sequence[Sequence[str]]) -> list[list[str]]:
    if kind not in AttributeKind.values:
        raise Invalid(fields={"kind": "Choose one of the list."})
    if kind != AttributeKind.CHOICE:
        return []
    rows = [[str(part).strip()[:80] for part in choice] for choice in choices]
    sound = 0 < len(rows) <= CHOICES_MAX and all(len(row) == 3 and all(row) for row in rows)
    if not sound or len({row[0] for row in rows}) < len(rows):
        raise Invalid(fields={"choices": "Give each choice a value of its own and a name in both languages."})
    return rows


@transaction.atomic
def drop_attribute(*, actor: Actor, now: datetime, category_id: UUID, code: str) -> None:
    """Take an attribute from a category; products keep what they said, unshown. Event category.attribute_dropped.

    Errors: Forbidden, NotFound.
    """
    require_role(actor, "operator")
    gone, _ = CategoryAttribute.objects.filter(category_id=category_id, code=code).delete()
    if not gone:
        raise NotFound()
    record(Happened("category.attribute_dropped", category_id, now, {"code": code}, actor.person_id))
