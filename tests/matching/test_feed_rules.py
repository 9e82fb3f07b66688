"""How an order is made, as properties: nobody twice, reasons take turns, credit stays within bounds, newcomers get their places."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from renmai.kit.ids import new_id
from renmai.matching.feed.fitness import Goods, Own, order_goods
from renmai.matching.feed.rules import (
    CREDIT_SHARE,
    IN_A_ROW,
    NEW_EVERY,
    Candidate,
    credit_factor,
    in_turns,
    is_new,
    order_people,
    reason_of,
    weight_of,
)

TODAY = date(2026, 3, 1)
VIEWER = UUID(int=7)
people = st.builds(
    Candidate,
    shop_id=st.uuids(),
    exposure=st.integers(0, 2),
    ready=st.booleans(),
    age_days=st.floats(0, 100),
    news_days=st.none() | st.floats(0, 100),
    live=st.booleans(),
    followed=st.booleans(),
    friends=st.integers(0, 9),
    like=st.floats(0, 1),
    like_reason=st.sampled_from([(), ("shows_like", "x"), ("like_followed", "y")]),
    credit=st.none() | st.integers(0, 100),
)
crowds = st.lists(people, max_size=60, unique_by=lambda one: one.shop_id)


@given(crowds)
def test_everybody_who_may_be_shown_stands_once_and_says_why(found: list[Candidate]) -> None:
    order = order_people(found, viewer_id=VIEWER, on=TODAY)
    shown = {one.shop_id: one for one in found if one.followed or one.exposure}
    assert sorted(shop_id for shop_id, _ in order) == sorted(shown)
    assert all(reason == reason_of(shown[shop_id]) and reason[0] for shop_id, reason in order)
    assert order == order_people(list(reversed(found)), viewer_id=VIEWER, on=TODAY)


@given(crowds)
def test_whom_credit_puts_behind_stands_behind_all_but_those_with_nothing_to_show(found: list[Candidate]) -> None:
    places = {shop_id: n for n, (shop_id, _) in enumerate(order_people(found, viewer_id=VIEWER, on=TODAY))}
    behind = [one for one in found if one.exposure == 1 and not one.followed]
    front = [one for one in found if one.followed or one.exposure == 2 and one.ready]
    assert all(places[a.shop_id] < places[b.shop_id] for a in front for b in behind)


@given(st.lists(st.tuples(st.uuids(), st.sampled_from("abc")), max_size=50, unique_by=lambda row: row[0]))
def test_reasons_take_turns_while_another_is_left(rows: list[tuple[UUID, str]]) -> None:
    codes = dict(rows)
    order = in_turns([one for one, _ in rows], codes)
    assert sorted(order) == sorted(codes)
    for n in range(len(order) - IN_A_ROW):
        row = {codes[one] for one in order[n : n + IN_A_ROW + 1]}
        assert len(row) > 1 or {codes[one] for one in order[n + IN_A_ROW + 1 :]} <= row


def test_every_eighth_place_is_drawn_among_the_new_and_being_new_is_worth_no_more() -> None:
    known = [Candidate(new_id(), 2, True, 400, news_days=n, credit=70) for n in range(40)]
    new = [Candidate(new_id(), 2, True, 3, news_days=0) for _ in range(6)]
    idle = [Candidate(new_id(), 2, False, 3) for _ in range(3)]
    order = [shop_id for shop_id, _ in order_people([*new, *idle, *known], viewer_id=VIEWER, on=TODAY)]
    ids = {one.shop_id for one in new}
    first = [n for n, shop_id in enumerate(order[:40]) if shop_id in ids]
    assert first == [NEW_EVERY - 1 + NEW_EVERY * n for n in range(5)]
    assert {one.shop_id for one in idle} == set(order[-3:])
    # Who is drawn differs by viewer and by day, and over many viewers each of them gets about the same.
    firsts: dict[UUID, int] = dict.fromkeys(ids, 0)
    for n in range(600):
        row = order_people([*new, *known], viewer_id=UUID(int=n), on=TODAY)
        firsts[row[NEW_EVERY - 1][0]] += 1
    assert min(firsts.values()) > 60 and max(firsts.values()) < 140


@given(st.none() | st.integers(-50, 150), people)
def test_credit_moves_a_person_within_bounds_only(credit: int | None, one: Candidate) -> None:
    assert 1 - CREDIT_SHARE <= credit_factor(credit) <= 1 + CREDIT_SHARE
    assert credit_factor(None) == 1 and weight_of(one) > 0


def test_reasons_are_said_in_their_order_of_strength() -> None:
    def why(**what: object) -> list[str | int]:
        return reason_of(Candidate(UUID(int=1), 2, True, **{"age_days": 90, **what}))  # type: ignore[arg-type]

    assert why(live=True, followed=True) == ["live"]
    assert why(followed=True, friends=2) == ["you_follow"]
    assert why(friends=2, like=1.0, like_reason=("shows_like", "x")) == ["trusted_by", 2]
    assert why(like=1.0, like_reason=("shows_like", "x"), age_days=1) == ["shows_like", "x"]
    assert why(age_days=1) == ["new_here"]
    assert why(credit=80) == ["credit", 80]
    assert why(credit=79) == why() == ["house"]
    assert not is_new(Candidate(UUID(int=1), 1, True, 1)) and not is_new(Candidate(UUID(int=1), 2, False, 1))


# --- goods of the centre ----------------------------------------------------------------------------------------------


def a_good(n: int, words: str, **more: object) -> Goods:
    kind, maker = UUID(int=500), UUID(int=600 + n)
    given = {"category_id": kind, "supplier_id": maker, "price_minor": 5000, **more}
    return Goods(UUID(int=n), words=frozenset(words.split()), **given)  # type: ignore[arg-type]


def test_both_orders_hold_the_very_same_goods_and_without_a_past_they_are_the_same() -> None:
    found = [a_good(n, f"tea number{n}", quality=n) for n in range(1, 9)]
    best = [(one.product_id, ["quality"]) for one in reversed(found)]
    assert order_goods(found, [], by_fit=True) == order_goods(found, [], by_fit=False) == best
    own = [Own(a_good(90, "tea green"), 1.0)]
    by_fit, by_quality = order_goods(found, own, by_fit=True), order_goods(found, own, by_fit=False)
    assert sorted(one for one, _ in by_fit) == sorted(one for one, _ in by_quality) and by_quality == best


def test_goods_like_what_a_shop_sold_come_first_and_say_why() -> None:
    sold, shoes = a_good(90, "green tea longjing"), UUID(int=501)
    tea, shoe = a_good(1, "black tea"), a_good(2, "running shoe", category_id=shoes, quality=900)
    near = a_good(3, "porcelain cup", category_id=None, near=4.0, because_id=sold.product_id)
    have = a_good(4, "green tea", picked=True)
    order = order_goods([shoe, tea, near, have], [Own(sold, 2.0, sold=3)], by_fit=True)
    assert order[0] == (near.product_id, ["near_sold", str(sold.product_id)])
    assert order[1] == (tea.product_id, ["kind_sold", 3])
    assert order[2] == (shoe.product_id, ["quality"])
    assert order[3][0] == have.product_id
    declined = [Own(sold, 1.0), Own(a_good(91, "black tea strong"), -3.0)]
    words = [one for one, _ in order_goods([tea, a_good(5, "green leaf")], declined, by_fit=True)]
    assert words == [UUID(int=5), tea.product_id]
