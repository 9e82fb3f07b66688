"""Whom an order credits: the rule against a slow oracle written from the sentences of docs/attribution.md, over arbitrary
histories; and that what is stored decides again as it did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from renmai.trade.referrals.rules import (
    VERDICTS,
    Asked,
    Bound,
    Click,
    Decision,
    ShareRule,
    Windows,
    attribute,
    evidence_of,
    share_rule,
    stands,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PEOPLE = [UUID(int=n) for n in range(1, 6)]
BUYER, OWNER = PEOPLE[0], PEOPLE[1]
GOLDEN = Path(__file__).parent.parent / "golden" / "evidence.json"


# --- the oracle: day by day and hour by hour, with no idea of how the rule is written


def hours_held(click: Click, windows: Windows) -> set[int]:
    """The hours since NOON, in steps of one, at which this click holds: every hour is asked on its own."""
    first, then = (
        (windows.product_days, windows.product_order_days)
        if click.kind == "product"
        else (windows.content_days, windows.content_order_days)
    )
    held = set()
    clicked = hour_of(click.at)
    for hour in range(clicked, clicked + first * 24 + 1):
        held.add(hour)
    if click.ordered_at is not None:
        ordered = hour_of(click.ordered_at)
        for hour in range(max(ordered, clicked), ordered + then * 24 + 1):
            held.add(hour)
    return held


def hour_of(at: datetime) -> int:
    return int((at - NOON).total_seconds()) // 3600


def oracle(asked: Asked) -> UUID | None:
    """The sentences, one after the other. Returns the link that is credited, or None."""
    # "Nobody is credited in a shop that gives sharers nothing."
    if asked.sharer_bps == 0:
        return None
    # "A sharer who owns the shop is never credited; one who is the buyer only where the shop says own orders pay."
    paid = [person for person in PEOPLE if person != asked.owner_id]
    # "Nor one whose account is closed."
    open_clicks = [click for click in asked.clicks if not click.closed]
    if not asked.rule.own and asked.buyer_id in paid:
        paid.remove(asked.buyer_id)
    # "Where a shop binds its customers, one who is bound belongs to that sharer until the binding is over."
    bound, hour = asked.bound, hour_of(asked.at)
    belongs = asked.rule.binding and bound is not None and bound.sharer_id in paid and not bound.closed
    if belongs and bound and hour in range(hour_of(bound.at), hour_of(bound.until)):
        return bound.link_id
    # "Otherwise the click that was made last, of those that hold at that moment."
    holding = [c for c in open_clicks if c.sharer_id in paid and hour in hours_held(c, asked.rule.windows)]
    best = None
    for click in holding:
        if best is None or click.at > best.at or (click.at == best.at and click.link_id > best.link_id):
            best = click
    return best.link_id if best else None


hours = st.integers(-60 * 24, 24).map(lambda hour: NOON + timedelta(hours=hour))
days = st.integers(1, 40)
clicks = st.builds(
    Click, st.integers(10, 13).map(lambda n: UUID(int=n)), st.sampled_from(PEOPLE), st.sampled_from(["product", "content"]),
    hours, st.none() | hours, st.booleans(),
)  # fmt: skip
bounds = st.builds(
    lambda link, sharer, at, length, closed: Bound(UUID(int=link), sharer, at, at + timedelta(days=length), closed),
    st.integers(10, 13), st.sampled_from(PEOPLE), hours, days, st.booleans(),
)  # fmt: skip
cases = st.builds(
    Asked, st.just(BUYER), st.just(OWNER), st.just(NOON), st.sampled_from([0, 1000, 9000]),
    st.builds(ShareRule, st.builds(Windows, days, st.integers(0, 60), days, st.integers(0, 60)), st.booleans(), st.booleans()),
    st.lists(clicks, max_size=8).map(tuple), st.none() | bounds,
)  # fmt: skip


@given(cases)
def test_the_rule_is_what_the_sentences_say(asked: Asked) -> None:
    assert attribute(asked).link_id == oracle(asked)


@given(cases)
def test_every_click_has_its_verdict_and_one_at_most_is_credited(asked: Asked) -> None:
    found = attribute(asked)
    assert len(found.verdicts) == len(asked.clicks) and set(found.verdicts) <= set(VERDICTS)
    credited = [c for c, verdict in zip(asked.clicks, found.verdicts, strict=True) if verdict == "credited"]
    assert len(credited) + (found.bound == "credited") == (found.link_id is not None)
    for click in credited:
        assert (click.link_id, click.sharer_id, click.at) == (found.link_id, found.sharer_id, found.clicked_at)
    assert (found.rule, found.version) == (("binding", 1) if found.bound == "credited" else ("last_click", 2))
    if found.link_id is not None:
        assert found.sharer_id != OWNER and (asked.rule.own or found.sharer_id != BUYER)


@given(cases)
def test_every_verdict_is_true(asked: Asked) -> None:
    """Each word that a click is given says something that can be checked from the case alone."""
    found, hour = attribute(asked), hour_of(asked.at)
    for click, verdict in zip(asked.clicks, found.verdicts, strict=True):
        barred = {
            "shop_owner": click.sharer_id == asked.owner_id,
            "own_order": click.sharer_id == asked.buyer_id and not asked.rule.own,
            "account_closed": click.closed,
            "pays_nothing": asked.sharer_bps == 0,
            "not_yet": click.at > asked.at,
            "lapsed": hour not in hours_held(click, asked.rule.windows),
        }
        if verdict in barred:
            assert barred[verdict]
            continue
        assert not any(barred.values())
        bound = found.rule == "binding"
        assert {
            "credited": not bound and click.link_id == found.link_id and click.at == found.clicked_at,
            "newer_click": not bound and found.clicked_at is not None and click.at <= found.clicked_at,
            "locked": bound and click.sharer_id != found.sharer_id,
            "same_sharer": bound and click.sharer_id == found.sharer_id,
        }[verdict]


@given(cases)
def test_the_stored_evidence_decides_again_and_no_word_of_it_can_change(asked: Asked) -> None:
    kept = json.loads(json.dumps(evidence_of(asked, attribute(asked))))
    assert stands(kept)
    for number in range(len(kept["clicks"])):
        other = json.loads(json.dumps(kept))
        verdict = other["clicks"][number]["verdict"]
        other["clicks"][number]["verdict"] = "lapsed" if verdict != "lapsed" else "credited"
        assert not stands(other)
    assert not stands({**kept, "credited": str(UUID(int=99))})


@given(cases, st.randoms(use_true_random=False))
def test_the_order_in_which_clicks_are_listed_decides_nothing(asked: Asked, chance: object) -> None:
    shuffled = list(asked.clicks)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    other = Asked(asked.buyer_id, asked.owner_id, asked.at, asked.sharer_bps, asked.rule, tuple(shuffled), asked.bound)
    first, second = attribute(asked), attribute(other)
    assert (first.link_id, first.clicked_at) == (second.link_id, second.clicked_at)


@given(cases, clicks)
@example(
    Asked(BUYER, OWNER, NOON, 1000, ShareRule(binding=True), (), Bound(UUID(int=10), PEOPLE[2], NOON, NOON + timedelta(days=1))),
    Click(UUID(int=11), PEOPLE[3], "product", NOON),
)  # fmt: skip
def test_nobody_takes_a_bound_customer_over_with_a_click(asked: Asked, click: Click) -> None:
    found = attribute(asked)
    if found.rule == "binding":
        more = Asked(
            asked.buyer_id, asked.owner_id, asked.at, asked.sharer_bps, asked.rule, (*asked.clicks, click), asked.bound
        )
        assert attribute(more).link_id == found.link_id


# --- exact edges


def one(kind: str, *, ago: timedelta, ordered: timedelta | None = None) -> Decision:
    click = Click(UUID(int=10), PEOPLE[2], kind, NOON - ago, NOON - ordered if ordered is not None else None)
    return attribute(Asked(BUYER, OWNER, NOON, 1000, ShareRule(), (click,)))


def test_each_window_ends_to_the_second() -> None:
    second, day = timedelta(seconds=1), timedelta(days=1)
    for kind, by_click, by_order in (("product", 5, 20), ("content", 10, 35)):
        assert one(kind, ago=by_click * day).verdicts == ("credited",)
        assert one(kind, ago=by_click * day + second).verdicts == ("lapsed",)
        assert one(kind, ago=60 * day, ordered=by_order * day).verdicts == ("credited",)
        assert one(kind, ago=60 * day, ordered=by_order * day + second).verdicts == ("lapsed",)
    assert one("product", ago=-second).verdicts == ("not_yet",)


def test_a_binding_holds_from_its_first_moment_and_not_at_its_last() -> None:
    def by(at: datetime, until: datetime) -> Decision:
        bound = Bound(UUID(int=10), PEOPLE[2], at, until)
        newer = Click(UUID(int=11), PEOPLE[3], "product", NOON - timedelta(hours=1))
        own = Click(UUID(int=12), PEOPLE[2], "content", NOON - timedelta(hours=2))
        rule = ShareRule(binding=True)
        return attribute(Asked(BUYER, OWNER, NOON, 1000, rule, (newer, own), bound))

    second = timedelta(seconds=1)
    held = by(NOON, NOON + second)
    assert (held.rule, held.sharer_id, held.verdicts, held.bound) == (
        "binding", PEOPLE[2], ("locked", "same_sharer"), "credited",
    )  # fmt: skip
    over = by(NOON - timedelta(days=30), NOON)
    assert (over.rule, over.sharer_id, over.verdicts, over.bound) == (
        "last_click", PEOPLE[3], ("credited", "newer_click"), "lapsed",
    )  # fmt: skip
    assert by(NOON + second, NOON + 2 * second).bound == "not_yet"


def test_a_shops_own_setting_beats_the_platforms_which_beats_the_default() -> None:
    shop = UUID(int=50)
    assert share_rule({}, shop) == ShareRule(Windows(5, 20, 10, 35), binding=False, own=False)
    terms = {
        (None, "share_product_days"): 7, (shop, "share_product_days"): 9, (None, "share_content_days"): 14,
        (shop, "share_binding"): 1, (UUID(int=51), "share_own"): 1,
    }  # fmt: skip
    assert share_rule(terms, shop) == ShareRule(Windows(9, 20, 14, 35), binding=True, own=False)


def test_the_form_of_evidence_is_frozen() -> None:
    """What is stored must be read for years: a change of form is a new number, not another shape under the old one."""
    bound = Bound(UUID(int=10), PEOPLE[2], NOON - timedelta(days=40), NOON - timedelta(days=10))
    seen = (
        Click(UUID(int=11), PEOPLE[3], "product", NOON - timedelta(hours=1)),
        Click(UUID(int=12), PEOPLE[4], "content", NOON - timedelta(days=20), NOON - timedelta(days=3)),
        Click(UUID(int=13), BUYER, "content", NOON - timedelta(days=21)),
    )
    asked = Asked(BUYER, OWNER, NOON, 1000, ShareRule(binding=True), seen, bound)
    assert evidence_of(asked, attribute(asked)) == json.loads(GOLDEN.read_text())
    assert stands(json.loads(GOLDEN.read_text()))
