"""Appeals: who may, how often, what each answer does, and what happens when nobody answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Invalid, NotFound
from renmai.people.accounts.models import Membership
from renmai.people.erasure.actions import erase_person
from renmai.people.notices.models import Notice
from renmai.people.standing.actions import set_term
from renmai.people.standing.queries import own_terms, term_in_force
from renmai.trust.effects.appeal_rules import (
    APPEAL_ENDS,
    APPEAL_STATES,
    AppealedAlready,
    AppealNotNow,
    BadLift,
    NotAPicture,
    NothingToAppeal,
    SecondLook,
    TooManyAppeals,
    UnknownGround,
    next_appeal_state,
)
from renmai.trust.effects.appeals import (
    appeal_effect,
    appeal_fact,
    ask_again,
    decide_appeal,
    end_lifts,
    withdraw_appeal,
)
from renmai.trust.effects.models import Appeal, AppealEntry, Effect, SellerLevel
from renmai.trust.effects.queries import access_appeal, access_credit_terms, disputed_facts
from renmai.trust.facts.models import Fact, Subject
from tests.trade.world import NOW, World, make_world, person
from tests.trust.test_effects import apply_credit, credit, own

WEAK_NOW = NOW + timedelta(days=7)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def effect(world: World) -> Effect:
    """A weak supplier's longer days to settlement, in force."""
    for at in (NOW, WEAK_NOW):
        apply_credit(now=at, credit=credit("supplier", world.suppliers[0].id, 50))
    return Effect.objects.get(term="settlement_days", state="in_force")


def ask(world: World, effect: Effect, **more: Any) -> Appeal:
    given: Any = {"ground": "beyond_control", "words": "The road was shut.", "now": WEAK_NOW} | more
    return appeal_effect(actor=world.supplier(0), effect_id=effect.id, **given)


def decide(actor: Actor, appeal: Appeal, verdict: str, **more: Any) -> Appeal:
    given: Any = {"words": "We looked.", "now": WEAK_NOW + timedelta(days=1)} | more
    return decide_appeal(actor=actor, appeal_id=appeal.id, verdict=verdict, **given)


def test_every_state_is_reached_and_left_or_an_end() -> None:
    reached = {"open"} | set(APPEAL_STATES.values())
    left = {state for state, _ in APPEAL_STATES}
    assert reached - left == APPEAL_ENDS
    for state in reached:
        for event in {event for _, event in APPEAL_STATES}:
            if (state, event) not in APPEAL_STATES:
                with pytest.raises(AppealNotNow):
                    next_appeal_state(state, event)


def test_an_appeal_is_made_once_and_only_by_whom_it_concerns(world: World, effect: Effect) -> None:
    with pytest.raises(NotFound):
        appeal_effect(actor=world.supplier(1), now=WEAK_NOW, effect_id=effect.id, ground="other", words="Mine.")
    with pytest.raises(UnknownGround):
        ask(world, effect, ground="whim")
    with pytest.raises(Invalid):
        ask(world, effect, words=" ")
    with pytest.raises(NotAPicture):
        ask(world, effect, media_ids=[new_id()])
    assert not Appeal.objects.exists() and not Event.objects.filter(kind="appeal.made").exists()
    assert world.operator.person_id is not None
    Membership.objects.create(person_id=world.operator.person_id, role="operator", created_at=NOW)
    appeal = ask(world, effect)
    assert (
        appeal.due_at == WEAK_NOW + timedelta(days=7)
        and appeal.seen["cause"] == "level:weak"
        and appeal.seen["score"] == 50
    )
    assert Notice.objects.get(kind="appeal.waits").person_id == world.operator.person_id
    with pytest.raises(AppealedAlready):
        ask(world, effect)
    with pytest.raises(NotFound):
        access_appeal(world.supplier(1), appeal.id)
    with pytest.raises(NotFound):
        withdraw_appeal(actor=world.operator, now=WEAK_NOW, appeal_id=appeal.id)
    assert withdraw_appeal(actor=world.supplier(0), now=WEAK_NOW, appeal_id=appeal.id).state == "withdrawn"
    assert ask(world, effect).state == "open"  # what was taken back may be asked again
    assert access_credit_terms(world.supplier(0), "supplier", world.suppliers[0].id).appeals[0].state == "open"
    with pytest.raises(NotFound):
        access_credit_terms(world.supplier(1), "supplier", world.suppliers[0].id)


def test_at_most_three_wait_and_what_is_over_is_not_appealed(world: World, effect: Effect) -> None:
    effects = list(Effect.objects.filter(state="in_force").order_by("term"))
    assert len(effects) == 4
    for one in effects[:3]:
        ask(world, one)
    with pytest.raises(TooManyAppeals):
        ask(world, effects[3])
    apply_credit(now=WEAK_NOW, credit=credit("supplier", world.suppliers[0].id, 70))
    withdraw_appeal(actor=world.supplier(0), now=WEAK_NOW, appeal_id=Appeal.objects.filter(effect=effects[0]).get().id)
    with pytest.raises(NothingToAppeal):
        ask(world, effects[3])
    assert Appeal.objects.count() == 3


def test_lifted_for_a_stated_time_above_credit_and_below_an_operators_row(world: World, effect: Effect) -> None:
    firm = world.suppliers[0].id
    appeal = ask(world, effect)
    with pytest.raises(BadLift):
        decide(world.operator, appeal, "lift", lift_days=181)
    assert term_in_force("settlement_days", firm) == 14 and Appeal.objects.get().state == "open"
    lifted = decide(world.operator, appeal, "lift", lift_days=30)
    assert lifted.lifted_until == WEAK_NOW + timedelta(days=31)
    assert term_in_force("settlement_days", firm) == 7
    apply_credit(now=WEAK_NOW + timedelta(days=2), credit=credit("supplier", firm, 50))
    assert term_in_force("settlement_days", firm) == 7
    set_term(actor=world.operator, now=WEAK_NOW, term="settlement_days", value=9, reason="Agreed.", subject_id=firm)
    assert term_in_force("settlement_days", firm) == 9
    assert end_lifts(now=WEAK_NOW + timedelta(days=30)) == 0
    assert end_lifts(now=WEAK_NOW + timedelta(days=31)) == 1 and end_lifts(now=WEAK_NOW + timedelta(days=31)) == 0
    assert term_in_force("settlement_days", firm) == 9
    assert [own.source for own in own_terms(firm) if own.term == "settlement_days"] == [3]
    with pytest.raises(AppealNotNow):
        decide(world.operator, appeal, "uphold")


def test_after_the_lift_credit_holds_again(world: World, effect: Effect) -> None:
    firm = world.suppliers[0].id
    decide(world.operator, ask(world, effect), "lift", lift_days=1)
    assert end_lifts(now=WEAK_NOW + timedelta(days=2)) == 1
    assert term_in_force("settlement_days", firm) == 14


def test_the_second_look_is_another_operators_where_there_is_one(world: World, effect: Effect) -> None:
    appeal = decide(world.operator, ask(world, effect), "uphold")
    mine: Any = {"actor": world.supplier(0), "appeal_id": appeal.id}
    with pytest.raises(AppealNotNow):
        ask_again(**mine, now=WEAK_NOW + timedelta(days=15), words="Too late.")
    again = ask_again(**mine, now=WEAK_NOW + timedelta(days=2), words="Look at the day.")
    assert again.state == "again" and again.due_at == WEAK_NOW + timedelta(days=9)
    other = Actor(person("other@example.org").id, frozenset({Grant("operator")}), confirmed=True)
    assert other.person_id is not None
    Membership.objects.create(person_id=other.person_id, role="operator", created_at=NOW)
    with pytest.raises(SecondLook):
        decide(world.operator, appeal, "lift")
    assert Appeal.objects.get().state == "again" and term_in_force("settlement_days", world.suppliers[0].id) == 14
    assert decide(other, appeal, "uphold").state == "final"
    with pytest.raises(AppealNotNow):
        ask_again(**mine, now=WEAK_NOW + timedelta(days=3), words="Once more.")
    assert [entry.event for entry in AppealEntry.objects.order_by("id")] == ["make", "uphold", "ask_again", "uphold"]


def test_a_house_of_one_operator_decides_alone_but_never_over_itself(world: World, effect: Effect) -> None:
    appeal = decide(world.operator, ask(world, effect), "uphold")
    ask_again(actor=world.supplier(0), now=WEAK_NOW + timedelta(days=2), appeal_id=appeal.id, words="Again.")
    both = Actor(new_id(), frozenset({Grant("operator"), Grant("supplier", world.suppliers[0].id)}), confirmed=True)
    with pytest.raises(SecondLook):
        decide(both, appeal, "lift")
    assert decide(world.operator, appeal, "lift").state == "lifted"


def test_what_is_not_answered_in_time_rests_until_it_is(world: World, effect: Effect) -> None:
    firm = world.suppliers[0].id
    appeal = ask(world, effect)
    late = appeal.due_at
    apply_credit(now=late, credit=credit("supplier", firm, 50))
    assert term_in_force("settlement_days", firm) == 7 and own(firm)["settlement_days_alliance"] == 22
    decide(world.operator, appeal, "uphold", now=late)
    apply_credit(now=late, credit=credit("supplier", firm, 50))
    assert term_in_force("settlement_days", firm) == 7  # it comes back as it came: announced
    apply_credit(now=late + timedelta(days=7), credit=credit("supplier", firm, 50))
    assert term_in_force("settlement_days", firm) == 14


def test_facts_that_were_wrong_strike_no_longer(world: World) -> None:
    firm = world.suppliers[0].id
    fact_id = new_id()
    recall = {"id": fact_id, "kind": "product.recalled", "day": NOW.date().isoformat(), "data": {"scope": "product"}}
    apply_credit(now=NOW, credit=credit("supplier", firm, 70, facts=[recall]))
    effect = Effect.objects.get(term="exposure")
    appeal = ask(world, effect, ground="fact_wrong", now=NOW)
    decide(world.operator, appeal, "dispute", now=NOW)
    assert disputed_facts("supplier", firm) == {fact_id} and term_in_force("exposure", firm) == 2
    assert disputed_facts("supplier", world.suppliers[1].id) == frozenset()


def test_a_fact_is_appealed_by_its_seller_alone(world: World) -> None:
    firm = world.suppliers[0].id
    subject = Subject.objects.create(pseudonym="a" * 26, role="supplier", supplier_id=firm, created_at=NOW)
    fact = Fact.objects.create(key=b"1" * 32, subject=subject, kind="case.closed", day=NOW.date(), leaf_index=7)

    def go(number: int, desk_id: UUID) -> Appeal:
        return appeal_fact(
            actor=world.supplier(number), now=NOW, role="supplier", desk_id=desk_id, fact_id=fact.id, ground="fact_wrong",
            words="It was another parcel.",
        )  # fmt: skip

    with pytest.raises(NotFound):
        go(1, world.suppliers[1].id)
    with pytest.raises(NotFound):
        go(1, firm)
    appeal = go(0, firm)
    assert appeal.seen == {"kind": "case.closed", "day": "2026-03-01", "leaf_index": 7}
    with pytest.raises(AppealedAlready):
        go(0, firm)
    assert decide(world.operator, appeal, "dispute").lifted_until is None
    assert disputed_facts("supplier", firm) == {fact.id}


def test_an_erased_creator_leaves_nothing_and_a_firms_appeals_no_words(world: World, effect: Effect) -> None:
    owner = world.shops[1].owner_id
    apply_credit(now=NOW, credit=credit("creator", owner, 50, new=True, began=NOW.date()))
    mine = Effect.objects.get(role="creator", term="picks_most")
    appeal_effect(actor=world.creator(1), now=NOW, effect_id=mine.id, ground="other", words="My words.")
    both = Actor(owner, frozenset({Grant("supplier", world.suppliers[0].id)}))
    appeal_effect(actor=both, now=WEAK_NOW, effect_id=effect.id, ground="other", words="The firm's words.")
    erase_person(actor=SYSTEM, now=WEAK_NOW, person_id=owner)
    assert (
        not Effect.objects.filter(role="creator").exists() and not SellerLevel.objects.filter(role="creator").exists()
    )
    assert [entry.words for entry in AppealEntry.objects.all()] == [""]
