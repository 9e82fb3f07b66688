"""What the demo's buyers say: words, pictures, answers, votes, one changed, one added to; and four accounts of one household
that praise the same shop, and count as one."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db.models import F

from renmai.cli.demo import content, draw
from renmai.cli.demo.history import pay
from renmai.cli.demo.world import World
from renmai.goods.products.models import Sku
from renmai.kit.access import Actor, require_person
from renmai.kit.media.actions import store_picture
from renmai.people.accounts.lane import add_address
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.places.shops.models import Pick
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import Wanted
from renmai.trade.orders.models import OrderLine, Parcel
from renmai.trade.parcels.actions import hand_over, receive_order
from renmai.trust.reviews.actions import add_to_review, change_review, keep_review, vote_helpful
from renmai.trust.reviews.answers import answer_review
from renmai.trust.reviews.models import Review
from renmai.trust.reviews.sweep import sweep_weights

DAY = timedelta(days=1)
SHOTS_EVERY, SHOT_PX = 4, 700
# score -> what is said of it, in English and in Chinese
SAID: dict[int, tuple[tuple[str, str], ...]] = {
    5: (
        ("Exactly as she showed it. The box was packed with straw, nothing rattled.", "和她说的一模一样。盒子里垫了稻草，一点没晃。"),
        ("My mother took one look and kept it. I have ordered another.", "我妈看了一眼就留下了，我又下了一单。"),
        ("Smaller than I thought and better than I hoped. The weight of it in the hand is right.", "比想的小一点，比盼的好一点，拿在手里分量正好。"),
        ("I asked before buying and got an honest no to the large one. The small one fits. That is why I came back.", "买之前问了，她老实说大号不适合我。小号正好，所以我又来了。"),
        ("Two weeks of daily use: no smell, no mark, still the same colour.", "天天用，两个星期了：没味道，没印子，颜色也没变。"),
        ("Came in two days. The note in the box was written by hand.", "两天就到了，盒子里的卡片是手写的。"),
        ("Used it for the whole family at New Year. Nobody believed the price.", "过年一家人都用上了，说价钱没人信。"),
        ("I compared three of these for a month. This is the one without a smell.", "比了一个月，三家里只有这个没有异味。"),
        ("She said it would look plain, and it does. That is the beauty of it.", "她说样子很素，确实素，好就好在这里。"),
        ("My neighbour borrowed it and did not bring it back, so this is my second.", "邻居借走就没还，所以这是我买的第二个。"),
    ),
    4: (
        ("Good, a little late. The parcel waited two days before it moved.", "不错，就是慢了一点，揽收之后两天没动。"),
        ("The colour is warmer than in the pictures. I like it, but know that.", "颜色比图片偏暖。我喜欢，但要有数。"),
        ("Well made. The lid could close a little tighter.", "做工好，盖子要是再紧一点就完美了。"),
        ("Four stars because the second one differs a little from the first. By hand, I know.", "扣一星，因为两个稍有差别。我知道是手工。"),
        ("Nice in use; the leaflet could say how to clean it.", "用着不错，说明书里最好写上怎么清洗。"),
    ),
    3: (
        ("As said, no more. For the price I had expected a better finish on the inside.", "和说的一样，没有惊喜。这个价格，里面的处理可以再好些。"),
        ("Fine for one person, too small for two.", "一个人用可以，两个人小了。"),
    ),
    2: (("A chip on the rim when it came. They gave part of the money back within a day, so two stars and not one.", "到的时候杯沿有个小缺口。一天之内退了部分钱，所以给两星不是一星。"),),
}  # fmt: skip
THANKS = (
    ("Thank you. The straw is from the field behind the workshop.", "谢谢。稻草就是作坊后面田里的。"),
    ("Thank you for saying it plainly. I have passed it on to the maker.", "谢谢您直说，我已经转告了厂家。"),
)  # fmt: skip
MADE = ("We measured it again: the inside is now sanded once more.", "我们又量了一遍，现在里面多打磨一道。")
PRAISE = "Best shop ever, everything is perfect, buy buy buy!"
Shots = dict[str, Future[bytes]]


def draw_shots(artists: ProcessPoolExecutor) -> Shots:
    """Have every fourth product drawn as its buyers see it at home: another light, another table."""
    palettes = sorted(draw.PALETTES)
    return {
        it.key: artists.submit(draw.draw_product, it.kind, palettes[n % len(palettes)], it.seed + 500, SHOT_PX)
        for n, it in enumerate(content.PRODUCTS)
        if n % SHOTS_EVERY == 0
    }


def say_what_it_was(world: World, shots: Shots, now: datetime) -> None:
    """Let two of three buyers of what arrived say what it is like, and others answer, vote and praise."""
    chance = Random(8)
    people = {require_person(actor): actor for actor, _address in world.buyers}
    keys = {product_id: key for key, product_id in world.products.items()}
    lines = OrderLine.objects.filter(
        order__state__in=("received", "settled"), order__buyer_id__in=people, kind="goods", paid_minor__gt=F("refunded_minor")
    ).select_related("order")  # fmt: skip
    products: dict[UUID, UUID] = dict(Sku.objects.values_list("id", "product_id"))
    said: set[tuple[UUID, UUID]] = set()
    # Each sentence once: words that somebody else wrote before count less.
    words = {(score, place): list(pairs) for score, pairs in SAID.items() for place in (0, 1)}
    for line in lines.order_by("order_id", "id"):
        product_id = products[line.sku_id] if line.sku_id else line.id
        if chance.random() < 0.75 and line.order.received_at and (line.order_id, product_id) not in said:
            said.add((line.order_id, product_id))
            _one(chance, words, people[line.order.buyer_id], line, shots.get(keys.get(product_id, "")), now)
    _answer(world, chance, now)
    _vote(world, chance, now)
    _household(world, now)
    sweep_weights(now=now)


def _one(
    chance: Random,
    words: dict[tuple[int, int], list[tuple[str, str]]],
    buyer: Actor,
    line: OrderLine,
    shot: Future[bytes] | None,
    now: datetime,
) -> None:
    score = chance.choices((5, 4, 3, 2), (56, 27, 12, 5))[0]
    at = min(now, (line.order.received_at or now) + timedelta(hours=chance.randrange(20, 120)))
    name = Person.objects.values_list("name", flat=True).get(id=require_person(buyer))
    place = int(not name.isascii())
    left = words[score, place]
    said = left.pop(chance.randrange(len(left)))[place] if left and chance.random() < 0.8 else ""
    pictures = []
    if shot is not None:
        pictures = [store_picture(data=shot.result(), name="home.webp", actor=buyer, now=at).id]
    review_id = keep_review(
        actor=buyer, now=at, line_id=line.id, score=score, words=said, picture_ids=pictures, named=chance.random() < 0.6,
    )  # fmt: skip
    if score == 2 and now - at > DAY:
        change_review(
            actor=buyer, now=at + DAY, review_id=review_id, score=3, named=True,
            words=("They sent a new one and it is whole. Three stars for the wait.", "换了一个新的，完好。等得久，给三星。")[place],
        )  # fmt: skip
    elif score == 5 and now - at > 20 * DAY and chance.random() < 0.4:
        add_to_review(
            actor=buyer,
            now=at + 18 * DAY,
            review_id=review_id,
            words=("Three weeks on: still the first thing I reach for.", "用了三个星期，还是最顺手的一件。")[place],
        )


def _answer(world: World, chance: Random, now: datetime) -> None:
    """Creators answer half of what is not praise, and some of what is; a maker answers where something was wrong."""
    creators = dict(world.shops.values())
    makers = dict(world.suppliers.values())
    read_chinese = set(Person.objects.filter(locale="zh-hans").values_list("id", flat=True))
    for review in Review.objects.order_by("id"):
        at = min(now, review.at + timedelta(hours=7))
        if chance.random() < (0.6 if review.score < 5 else 0.2):
            english, chinese = THANKS[review.score < 5]
            words = chinese if review.buyer_id in read_chinese else english
            answer_review(actor=creators[review.shop_id], now=at, review_id=review.id, side="creator", words=words)
        if review.score <= 3 and review.supplier_id in makers:
            words = MADE[review.buyer_id in read_chinese]
            answer_review(actor=makers[review.supplier_id], now=at, review_id=review.id, side="supplier", words=words)


def _vote(world: World, chance: Random, now: datetime) -> None:
    for review in Review.objects.exclude(words="").order_by("id"):
        for buyer, _address in world.buyers:
            if buyer.person_id != review.buyer_id and chance.random() < 0.12:
                vote_helpful(actor=buyer, now=now, review_id=review.id, helpful=True)


def _household(world: World, now: datetime) -> None:
    """Four new accounts with one address buy from one shop and praise it in the same words."""
    shop_id, _creator = world.shops["unclezhou"]
    picks = list(Pick.objects.filter(shop_id=shop_id, removed_at=None).order_by("position", "id")[:4])
    at = now - 9 * DAY
    for n in range(4):
        person = Person.objects.create(
            email=f"happy-{n}@demo.renmai", name=f"Happy {n}", password="!", created_at=at - timedelta(hours=2)
        )
        buyer = actor_of(person)
        fields = {"recipient": f"Happy {n}", "phone": "10000000999", "region": "浙江省", "city": "杭州市",
                  "street": "余杭区 同一条路 1 号 101 室", "postcode": "310000", "country": "CN"}  # fmt: skip
        line = _bought(world, buyer, add_address(actor=buyer, now=at, fields=fields), picks[n % len(picks)], at, n)
        keep_review(
            actor=buyer, now=at + 4 * DAY + timedelta(hours=n), line_id=line.id, score=5, words=PRAISE, named=True
        )


def _bought(world: World, buyer: Actor, address_id: UUID, pick: Pick, at: datetime, number: int) -> OrderLine:
    sku = Sku.objects.filter(product_id=pick.product_id, active=True).order_by("position")[0]
    receipt = place_checkout(
        actor=buyer, now=at, key=f"demo-happy-{number}", lines=[Wanted(pick.id, sku.id, 1)], method="card",
        address_id=address_id,
    )  # fmt: skip
    pay(buyer, receipt, at + timedelta(minutes=2))
    order_id = receipt.orders[0][0]
    makers = dict(world.suppliers.values())
    for parcel in Parcel.objects.filter(order_id=order_id):
        hand_over(
            actor=makers[parcel.supplier_id], now=at + timedelta(hours=9), parcel_id=parcel.id, carrier="YTO",
            tracking=f"99000000{number:04d}",
        )  # fmt: skip
    receive_order(actor=buyer, now=at + 3 * DAY, order_id=order_id)
    return OrderLine.objects.get(order_id=order_id, kind="goods")
