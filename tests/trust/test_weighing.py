"""How much a review counts: the published reasons, one by one, and rings against honest crowds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.reviews.rules import mean_x100, rank_at, shortened
from renmai.trust.reviews.weighing import FULL_BPS, KEEPS, Consensus, Reason, Seen, Weight, weigh

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = NOW - 400 * DAY
PRODUCT = UUID(int=9_000)


def shop(n: int) -> UUID:
    return UUID(int=1_000 + n)


def said(n: int, *, by: int, of: int = 0, score: int = 4, at: datetime = NOW, **more: object) -> Seen:
    given: dict[str, object] = {"supplier_id": None, "product_id": None, "buyer_since": OLD, "shops_bought": 3, **more}
    return Seen(id=UUID(int=n), buyer_id=UUID(int=100 + by), shop_id=shop(of), score=score, at=at, **given)  # type: ignore[arg-type]


def weights(reviews: Sequence[Seen], consensus: dict[UUID, Consensus] | None = None) -> dict[int, Weight]:
    return {review_id.int: weight for review_id, weight in weigh(reviews, consensus or {}).items()}


def codes(weight: Weight) -> list[str]:
    return [reason.code for reason in weight.reasons]


def test_an_ordinary_review_counts_fully() -> None:
    assert weights([said(1, by=1), said(2, by=2, score=1)]) == {1: Weight(), 2: Weight()}
    assert Weight() == Weight(10_000, (), 1)


def test_own_people_count_for_nothing_and_ties_to_the_seller_a_tenth() -> None:
    keys = frozenset({"phone:a"})
    found = weights([said(1, by=1, own=True), said(2, by=2, keys=keys, seller_keys=keys), said(3, by=3, keys=keys)])
    assert (found[1].bps, codes(found[1])) == (0, ["own"])
    assert (found[2].bps, found[2].reasons) == (500, (Reason("tied"), Reason("shared", 2)))
    assert (found[3].bps, found[3].reasons) == (5_000, (Reason("shared", 2),))


def test_people_who_share_something_count_as_one_about_one_seller_only() -> None:
    home, phone = frozenset({"address:h"}), frozenset({"phone:p"})
    chain = [said(1, by=1, keys=home), said(2, by=2, keys=home | phone), said(3, by=3, keys=phone)]
    other = [said(4, by=1, of=1, keys=home), said(5, by=1, keys=home)]
    found = weights([*chain, *other])
    assert {n: found[n].bps for n in found} == {1: 3_333, 2: 3_333, 3: 3_333, 4: 10_000, 5: 3_333}


def test_a_place_that_many_share_ties_nobody() -> None:
    office = frozenset({"address:o"})
    assert all(w == Weight() for w in weights([said(n, by=n, keys=office) for n in range(31)]).values())
    assert weights([said(n, by=n, keys=office) for n in range(30)])[0].bps == FULL_BPS // 30


def lockstep(people: int, shops: int, *, gap: timedelta = timedelta(hours=1), score: int = 5) -> list[Seen]:
    return [
        said(1_000 * s + p, by=p, of=s, score=score, at=NOW + s * 20 * DAY + p * gap)
        for s in range(shops)
        for p in range(people)
    ]


def test_three_in_lockstep_at_three_shops_are_a_ring() -> None:
    assert {w.reasons for w in weights(lockstep(3, 3)).values()} == {(Reason("ring", 3),)}
    assert {w.bps for w in weights(lockstep(3, 3, score=1)).values()} == {1_500}


def test_two_or_two_shops_or_other_days_or_middling_scores_are_none() -> None:
    for honest in (lockstep(2, 3), lockstep(3, 2), lockstep(3, 3, gap=4 * DAY), lockstep(3, 3, score=4)):
        assert all(w == Weight() for w in weights(honest).values())


def test_a_ring_does_not_pull_down_who_stands_beside_it() -> None:
    beside = [said(9_000 + s, by=50 + s, of=s, score=5, at=NOW + s * 20 * DAY) for s in range(3)]
    found = weights([*lockstep(4, 3), *beside])
    assert [found[9_000 + s] for s in range(3)] == [Weight()] * 3
    assert found[0].reasons == (Reason("ring", 4),)


def burst(count: int, *, score: int = 5, shops_bought: int = 1) -> list[Seen]:
    return [
        said(n, by=n, score=score, at=NOW + n * timedelta(hours=1), shops_bought=shops_bought) for n in range(count)
    ]


def test_a_burst_of_the_same_by_people_of_nowhere_else_counts_half() -> None:
    found = weights(burst(9))
    assert {w.bps for w in found.values()} == {5_000}
    assert found[0].reasons == (Reason("burst", 9),)


def test_a_show_that_sold_well_is_no_burst() -> None:
    mixed = [
        said(n, by=n, score=(5, 5, 4, 5, 3)[n % 5], at=NOW + n * timedelta(hours=1), shops_bought=1) for n in range(40)
    ]
    usual = [said(100 + n, by=100 + n, score=5, at=NOW - n * DAY / 2) for n in range(4, 120)]
    for honest in (burst(7), burst(9, shops_bought=2), burst(9, score=4), mixed):
        assert all(w == Weight() for w in weights(honest).values())
    assert all(w.bps == 10_000 for w in weights([*usual, *burst(8)]).values())


def test_who_lies_two_stars_from_everybody_counts_less() -> None:
    products = [UUID(int=7_000 + n) for n in range(3)]
    mine = [said(n, by=1, score=1, product_id=p, of=n) for n, p in enumerate(products)]
    liked = {p: Consensus(11, 10 * 5 + 1) for p in products}
    assert {w.reasons for w in weights(mine, liked).values()} == {(Reason("deviates", 3),)}
    assert all(w == Weight() for w in weights(mine, {p: Consensus(5, 21) for p in products}).values())  # too few others
    assert all(w == Weight() for w in weights(mine[:2], liked).values())


def test_only_extremes_a_new_account_and_copied_words() -> None:
    extreme = [said(n, by=1, of=n, score=(1, 5)[n % 2], at=NOW + 30 * n * DAY) for n in range(8)]
    assert {w.reasons for w in weights(extreme).values()} == {(Reason("extreme", 8),)}
    assert {w.bps for w in weights(extreme[:7]).values()} == {10_000}
    assert codes(weights([said(1, by=1, buyer_since=NOW - 6 * DAY)])[1]) == ["new"]
    assert codes(weights([said(1, by=1, buyer_since=NOW - 7 * DAY)])[1]) == []
    words = ["A lovely pot of tea!", "a lovely POT of tea", "Good", "good"]
    found = weights([said(n, by=n, words=text, at=NOW + n * DAY) for n, text in enumerate(words)])
    assert {n: codes(w) for n, w in found.items()} == {0: [], 1: ["copied"], 2: [], 3: []}


@given(st.integers(0, 2**32 - 1))
def test_order_does_not_matter_and_no_weight_leaves_its_bounds(seed: int) -> None:
    dice = Random(seed)
    reviews = [
        said(n, by=dice.randrange(12), of=dice.randrange(4), score=dice.randint(1, 5), product_id=PRODUCT,
             at=NOW + timedelta(hours=dice.randrange(200)), keys=frozenset(f"phone:{dice.randrange(8)}" for _ in range(2)))
        for n in range(40)
    ]  # fmt: skip
    consensus = {PRODUCT: Consensus(40, sum(r.score for r in reviews))}
    found = weigh(reviews, consensus)
    dice.shuffle(reviews)
    assert weigh(reviews, consensus) == found
    assert all(0 <= weight.bps <= FULL_BPS and set(codes(weight)) <= set(KEEPS) for weight in found.values())


def test_a_ring_beside_an_honest_market_buys_little_of_the_mean() -> None:
    """Twelve accounts with five stars for three shops in a market of 600 honest reviews: nearly nothing of it counts."""
    dice = Random(7)
    honest = [
        said(n, by=1_000 + dice.randrange(400), of=dice.randrange(12), score=dice.choices((1, 2, 3, 4, 5), (10, 4, 9, 20, 57))[0],
             at=NOW + timedelta(minutes=dice.randrange(120 * 1440)), shops_bought=dice.randint(1, 4))
        for n in range(600)
    ]  # fmt: skip
    ring = [
        said(5_000 + 100 * s + p, by=p, of=s, score=5, at=NOW + (30 + 9 * s) * DAY + timedelta(hours=p),
             buyer_since=NOW + 28 * DAY)
        for s in range(3) for p in range(12)
    ]  # fmt: skip
    found = weights([*honest, *ring])
    wrongly = [n for n in range(600) if found[n].bps < FULL_BPS]
    assert len(wrongly) <= 6  # one in a hundred
    assert {found[r.id.int].bps for r in ring} <= {1_500, 1_200}
    mine = [r for r in [*honest, *ring] if r.shop_id == shop(0)]
    before = mean_x100((r.score, FULL_BPS) for r in mine if r.id.int < 600)
    after = mean_x100((r.score, found[r.id.int].bps) for r in mine)
    naive = mean_x100((r.score, FULL_BPS) for r in mine)
    assert before is not None and after is not None and naive is not None
    assert 4 * (after - before) < naive - before


def test_means_ranks_and_names() -> None:
    assert mean_x100([(5, 10_000), (1, 0)]) == 500 and mean_x100([(5, 10_000), (4, 5_000)]) == 467
    assert mean_x100([]) is None and mean_x100([(1, 0)]) is None
    assert rank_at(at=NOW, helpful=0, weight_bps=10_000) == NOW
    assert rank_at(at=NOW, helpful=1, weight_bps=10_000) == NOW + 60 * DAY
    assert rank_at(at=NOW, helpful=3, weight_bps=10_000) == NOW + 120 * DAY
    assert rank_at(at=NOW, helpful=0, weight_bps=0) == NOW - 365 * DAY
    assert (shortened("Lin Wan"), shortened(" 林晚 "), shortened("")) == ("L***", "林***", "***")
