"""What the house decided in the demo world: somebody suspended, a shop closed and one opened again, an account erased, a setting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from renmai.kit.access import SYSTEM, Actor, require_person
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.people.accounts.suspension import let_person_in, suspend_person
from renmai.people.erasure.actions import erase_person
from renmai.people.moderation.actions import answer_takedown, lift_takedown, report_thing, take_down
from renmai.people.standing.actions import set_term
from renmai.places.shops.actions import change_shop, open_shop

DAY = timedelta(days=1)
Newcomer = Callable[[str, str, datetime], Actor]


def keep_order(operator: Actor, newcomer: Newcomer, now: datetime) -> None:
    """Decide as an operator does. `newcomer` makes a person of an address, a name and a time."""
    _suspend(operator, newcomer, now)
    _close_a_shop(operator, newcomer, now)
    gone = newcomer("leaving@demo.renmai", "Wen 文", now - 20 * DAY)
    erase_person(actor=SYSTEM, now=now - 3 * DAY, person_id=require_person(gone))
    set_term(
        actor=operator, now=now - 12 * DAY, term="care_days", value=20,
        reason="Parcels to the islands take longer. 海岛包裹在路上的时间更长。",
    )  # fmt: skip


def _suspend(operator: Actor, newcomer: Newcomer, now: datetime) -> None:
    banned = newcomer("resold@demo.renmai", "Cheap Cards 低价卡", now - 16 * DAY)
    suspend_person(
        actor=operator, now=now - 10 * DAY, person_id=require_person(banned),
        reason="Paid with cards of others; the bank wrote. 使用他人银行卡付款，银行已来函。",
    )  # fmt: skip
    locked = newcomer("back-again@demo.renmai", "Bo 柏", now - 18 * DAY)
    suspend_person(
        actor=operator, now=now - 6 * DAY, person_id=require_person(locked),
        reason="Forty messages in an hour. 一小时内发出四十条消息。",
    )  # fmt: skip
    let_person_in(
        actor=operator, now=now - 5 * DAY, person_id=require_person(locked),
        reason="Somebody else had the phone; a new passkey is set. 手机曾被他人使用，已重设通行密钥。",
    )  # fmt: skip


def _close_a_shop(operator: Actor, newcomer: Newcomer, now: datetime) -> None:
    owner = newcomer("miracle@demo.renmai", "Miracle Roots 神根堂", now - 25 * DAY)
    shop = open_shop(
        actor=owner, now=now - 24 * DAY, handle="miracle-roots", name="Miracle Roots", name_zh="神根堂",
        words="Everything grows back.", words_zh="什么都能长回来。",
    )  # fmt: skip
    buyer = newcomer("careful@demo.renmai", "Shen 慎", now - 22 * DAY)
    owner_id = require_person(owner)
    report_thing(
        actor=buyer, now=now - 9 * DAY, subject_kind="shop", subject_id=shop.id, owner_id=owner_id,
        reason="false_claim", words="普通姜粉，说能生发。",
    )  # fmt: skip
    closed = take_down(
        actor=operator, now=now - 8 * DAY, subject_kind="shop", subject_id=shop.id, owner_id=owner_id, title=shop.name,
        reason="false_claim", words="Ginger powder grows no hair (Advertising Law, Art. 17). 普通食品不得宣称疗效（广告法第十七条）。",
    )  # fmt: skip
    answer_takedown(
        actor=actor_of(Person.objects.get(pk=owner_id)), now=now - 7 * DAY, takedown_id=closed.id,
        words="We only wrote what our aunt says. 我们只是写了姑妈说的话。",
    )  # fmt: skip
    quiet = newcomer("paper-moon@demo.renmai", "Paper Moon 纸月亮", now - 23 * DAY)
    second = open_shop(actor=quiet, now=now - 22 * DAY, handle="paper-moon", name="Paper Moon", name_zh="纸月亮")
    taken = take_down(
        actor=operator, now=now - 4 * DAY, subject_kind="shop", subject_id=second.id, owner_id=require_person(quiet),
        title=second.name, reason="copied", words="Its pictures are another shop's. 图片取自别家小店。",
    )  # fmt: skip
    lift_takedown(
        actor=operator, now=now - 3 * DAY, takedown_id=taken.id,
        words="They showed the negatives: the pictures are theirs. 已出示底片，图片为本人所摄。",
    )  # fmt: skip
    owner = actor_of(Person.objects.get(pk=require_person(quiet)))
    change_shop(actor=owner, now=now - 2 * DAY, shop_id=second.id, open=False)  # for the holidays
