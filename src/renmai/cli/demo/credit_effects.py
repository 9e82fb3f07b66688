"""What credit does in the demo world: terms that follow the scores, announced a week ago and in force since; one appeal waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from renmai.cli.demo.world import World
from renmai.kit.access import Actor
from renmai.trust.effects.appeals import appeal_effect, decide_appeal
from renmai.trust.effects.gathering import sweep_effects
from renmai.trust.effects.models import Effect

DAY = timedelta(days=1)
WORDS = (
    "The carrier had no driver that week, and told us on the day. All parcels went out two days later."
    " 那一周快递没有司机，当天才通知我们，两天后全部发出。"
)
OTHER = "We sold elsewhere for eight years before we came here. 来这里之前我们已在别处经营八年。"
ANSWER = "We saw your shop on the other house. Two months, then we look again. 我们看过您在别处的店，先给两个月。"


def let_credit_act(world: World, now: datetime) -> None:
    """Bring every seller's terms to what its credit asks, as of eight days ago and of today; one appeals, one was heard."""
    for at in (now - 8 * DAY, now):
        while sweep_effects(now=at):
            if at != now:
                break
    worse = Effect.objects.filter(
        state="in_force",
        role="supplier",
        term="settlement_days",
        cause__in=["level:newcomer", "level:weak", "level:poor"],
    )
    by_id = {supplier_id: actor for supplier_id, actor in world.suppliers.values()}
    found = [effect for effect in worse.order_by("-cause", "holder_id") if effect.holder_id in by_id][:2]
    for place, effect in enumerate(found):
        _appeal(world, effect, by_id[effect.holder_id], now, heard=place == 1)


def _appeal(world: World, effect: Effect, actor: Actor, now: datetime, *, heard: bool) -> None:
    words, ground = (OTHER, "other") if heard else (WORDS, "beyond_control")
    made = appeal_effect(
        actor=actor, now=now - 20 * timedelta(hours=1), effect_id=effect.id, ground=ground, words=words
    )
    if heard:
        decide_appeal(
            actor=world.operator,
            now=now - timedelta(hours=2),
            appeal_id=made.id,
            verdict="lift",
            words=ANSWER,
            lift_days=60,
        )
