"""What matching shows on the walk over all pages: an inbox with reasons, what is known, charts, experiments and models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from renmai.goods.products.models import Category, Product, Sku, Stock
from renmai.kit import clock
from renmai.kit.clock import local_day
from renmai.kit.ids import new_id
from renmai.matching.fits.models import Fit, FitRun
from renmai.matching.measures.actions import sweep_measures
from renmai.matching.measures.models import ArmResult
from renmai.matching.push.models import Push
from renmai.matching.push.profiles import forget_profiles
from renmai.matching.search.actions import refresh_all
from renmai.matching.shown.models import Experiment, Outcome, Showing
from renmai.matching.signals.models import Signal
from renmai.places.shops.models import Pick, Shop

DAY = timedelta(days=1)
TITLES = (
    "Stoneware cup for the first tea of the morning, thrown by hand", "Celadon bowl", "Oak tray", "Linen towel", "Iron kettle",
    "Glass jar",
)  # fmt: skip
TITLES_ZH = ("手作粗陶早茶杯", "青瓷碗", "橡木托盘", "亚麻巾", "铁壶", "玻璃罐")


def fill_matching(ids: Mapping[str, object]) -> dict[str, str]:
    """Fill every page of matching for the people of the house; return the ids of a new product and of experiments."""
    now = clock.now()
    shop = Shop.objects.get(id=str(ids["shop_id"]))
    goods = [_product(ids, number, now) for number in range(len(TITLES))]
    _push_all(goods, shop, now)
    _know(ids, shop, goods, now)
    _show(shop, goods, now)
    _fits(str(ids["operator_id"]), now)
    refresh_all(now=now)
    forget_profiles()
    for _ in range(7):
        sweep_measures(now=now + timedelta(minutes=5))
    tried = {
        "better_experiment_id": _tried(now, "centre", 150, 14),
        "equal_experiment_id": _tried(now - DAY, "home", 104, 14),
        "early_experiment_id": _tried(now - 2 * DAY, "home", None, 30),
    }
    return {"new_product_id": str(goods[0].id)} | {name: str(each.id) for name, each in tried.items()}


def _product(ids: Mapping[str, object], number: int, now: datetime) -> Product:
    product = Product.objects.create(
        supplier_id=str(ids["supplier_id"]), category=Category.objects.get(slug="home"), handle=f"new-{number}",
        title=TITLES[number], title_zh=TITLES_ZH[number], state="approved", commission_bps=1500,
        created_at=now - DAY, approved_at=now - DAY * number / 2,
    )  # fmt: skip
    sku = Sku.objects.create(
        product=product, code="1", supply_price_minor=2_500, floor_price_minor=3_000, price_minor=6_000 + number * 100,
        currency="CNY",
    )  # fmt: skip
    Stock.objects.create(sku=sku, received=40)
    return product


def _push_all(goods: list[Product], shop: Shop, now: datetime) -> None:
    reasons = [
        ["followers_bought_like", 4, "CNY", 8_000], ["sold_like", 12, "CNY", 64_000], ["picked_like", 2],
        ["category", str(goods[0].category_id), 3], ["price_band", "CNY", 5_000, 9_000],
        ["supplier", str(goods[0].supplier_id), 1], ["takes_new", 2], ["posts_say"], ["returns_low", 120], ["new_creator"],
    ]  # fmt: skip
    for number, product in enumerate(goods):
        at = now - DAY * (number // 4)
        Push.objects.create(
            product_id=product.id, supplier_id=product.supplier_id, shop_id=shop.id, rank=number + 1, score=9 - number,
            reasons=reasons[number :], found_at=at, told_at=at, told_on=local_day(at), told_place=number % 4 + 1,
            looked_at=at if number % 2 else None, sampled_at=at if number == 3 else None,
            picked_at=at if number == 4 else None, declined_at=at if number == 5 else None,
            declined_why="price" if number == 5 else "", sold_pieces=3 if number == 4 else 0,
            sold_minor=19_200 if number == 4 else 0,
        )  # fmt: skip
    Pick.objects.create(shop=shop, product_id=goods[4].id, term="margin", word="Good.", created_at=now)


def _know(ids: Mapping[str, object], shop: Shop, goods: list[Product], now: datetime) -> None:
    """The buyer's signals of every kind that a buyer leaves, and the shop's."""
    pick, buyer = Pick.objects.get(id=str(ids["pick_id"])), UUID(str(ids["person_id"]))
    mine = (("view", 3), ("dwell", 40), ("dwell", 190), ("cart", 1), ("order", 2), ("refund", 1))
    for number, (kind, amount) in enumerate(mine):
        _signal(buyer, kind, "product", pick.product_id, amount, now - DAY * number, shop.id)
    _signal(buyer, "follow", "shop", shop.id, 1, now)
    _signal(buyer, "view", "product", new_id(), 1, now - 9 * DAY)
    for kind, product in zip(("pick", "sample", "decline"), goods[3:], strict=True):
        _signal(shop.id, kind, "product", product.id, 1, now)


def _signal(
    subject_id: UUID, kind: str, thing: str, thing_id: UUID, amount: int, at: datetime, shop_id: UUID | None = None
) -> None:
    Signal.objects.create(
        subject_id=subject_id, kind=kind, thing=thing, thing_id=thing_id, shop_id=shop_id, amount=amount,
        on=local_day(at), at=at,
    )  # fmt: skip


def _show(shop: Shop, goods: list[Product], now: datetime) -> None:
    """Showings of every list for six weeks, with what came of them."""
    for number in range(14):
        at = now - number * 3 * DAY
        for name, thing, kind in (
            ("home", shop.id, "order"), ("for_you", shop.id, "follow"), ("centre", goods[0].id, "pick"),
            ("inbox", goods[0].id, "pick"), ("also", goods[1].id, "cart"),
        ):  # fmt: skip
            shown = Showing.objects.create(
                list=name, viewer_id=new_id(), ranker="fit", things=[goods[2].id, thing], at=at
            )
            Outcome.objects.create(showing=shown, thing_id=thing, position=1, kind="view", at=at)
            if number % 2:
                Outcome.objects.create(showing=shown, thing_id=thing, position=1, kind=kind, amount_minor=6_000, at=at)


def _tried(now: datetime, name: str, takers: int | None, days: int) -> Experiment:
    """An experiment that is over; of 1,000 viewers with the second ranker `takers` took. None: it was ended early."""
    a, b = ("fit", "quality") if name == "centre" else ("people", "newest")
    made = Experiment.objects.create(
        list=name, a=a, b=b, days=days, started_at=now - 20 * DAY, ended_at=now - 5 * DAY
    )  # fmt: skip
    for arm, count in (("a", 100), ("b", takers)) if takers else ():
        ArmResult.objects.create(
            experiment_id=made.id, arm=arm, viewers=1_000, takers=count, minor=5_000 * count,
            minor_squared=float(5_000**2 * count), made_at=now,
        )  # fmt: skip
    return made


def _fits(operator_id: str, now: datetime) -> None:
    """Models in every state, one being fitted and one that failed."""
    figures = {"ndcg": 0.1869, "recall": 0.2421, "popular_ndcg": 0.0812, "serving_ndcg": 0.1801}
    stood = (
        ("buyers", "retired", "first"), ("buyers", "refused", "guard"), ("buyers", "serving", "better"), ("creators", "refused", "too_few"),
    )  # fmt: skip
    for version, (name, state, reason) in enumerate(stood, 1):
        at = now - (10 - version) * DAY
        Fit.objects.create(
            name=name, version=version, state=state, reason=reason, rules_version=1, until=at,
            by_id=operator_id if version == 3 else None, rows=48 if state in {"serving", "retired"} else 0, added=2,
            sha256="0" * 64, size_bytes=40_960, subjects=120, things=48, signals=540, seconds=1.5, figures=figures,
            guard={"held": 40, "ndcg": 0.11, "base_ndcg": 0.1}, fitted_at=at, served_at=at,
        )  # fmt: skip
    FitRun.objects.create(
        name="creators",
        what="fit",
        state="failed",
        error="broken",
        asked_at=now - DAY,
        began_at=now - DAY,
        ended_at=now,
    )
    FitRun.objects.create(
        name="buyers", what="fit", state="running", step="writing", done=24, total=48, asked_at=now, began_at=now
    )
