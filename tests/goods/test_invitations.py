"""Invitations: sent, accepted, declined, taken back; the plan that names the shop for it; limits and races."""

from __future__ import annotations

from typing import Any

import pytest

from renmai.goods.plans.actions import PlansConflict
from renmai.goods.plans.invitations import (
    InvitationOver,
    InvitedAlready,
    NotToBePicked,
    TooManyInvitations,
    answer_invitation,
    invite_shop,
    withdraw_invitation,
)
from renmai.goods.plans.models import Invitation, Plan
from renmai.goods.plans.queries import count_waiting_invitations, list_invitations
from renmai.goods.products.models import Product
from renmai.kit.access import Actor
from renmai.kit.problems import Invalid, NotFound, SignInNeeded
from renmai.people.accounts.models import Membership
from renmai.people.standing.actions import set_term
from renmai.places.shops.models import Pick, Shop
from tests.goods.pool import NOW, operator, product, refused, strangers
from tests.places.test_rates import DAY, Desk, at_once, desk, events, rate, told

db = pytest.mark.django_db


def invite(d: Desk, place: Shop | None = None, **more: Any) -> Invitation:
    given: dict[str, Any] = {
        "actor": d.maker,
        "now": NOW,
        "product_id": d.good.id,
        "words": "Your readers would like it.",
    }
    return invite_shop(**given | {"shop_id": (place or d.lin).id} | more)


def answer(who: Actor, made: Invitation, *, accept: bool = True) -> Invitation:
    return answer_invitation(
        actor=who, now=NOW + DAY, invitation_id=made.id, accept=accept, shop_name="Lin", shop_name_zh="林"
    )


@db
def test_invited_accepted_and_picked_at_the_rate_that_was_offered() -> None:
    d = desk()
    Membership.objects.create(
        person_id=d.maker.person_id, role="supplier", subject_id=d.good.supplier_id, created_at=NOW
    )
    made = invite(d, kind="targeted", commission_bps=2500, service_bps=200)
    assert made.plan is not None and made.plan.kind == "targeted"
    assert [kind for kind, _ in told(d.lins)] == ["plan.targeted", "invitation.sent"]
    assert count_waiting_invitations(d.lins, d.lin.id) == 1
    assert answer(d.lins, made).state == "accepted" and answer(d.lins, made).state == "accepted"
    assert [kind for kind, _ in told(d.maker)] == ["invitation.accepted"]
    assert rate(d.pick(d.lins, NOW + DAY)) == (2500, 200, made.plan_id)
    assert count_waiting_invitations(d.lins, d.lin.id) == 0
    assert [i.id for i in list_invitations(d.maker, supplier_id=d.good.supplier_id)] == [made.id]
    assert [i.id for i in list_invitations(d.lins, shop_id=d.lin.id, state="accepted")] == [made.id]


@db
def test_who_picks_has_accepted() -> None:
    d = desk()
    made = invite(d)
    d.pick(d.meis)
    d.pick(d.lins, NOW + DAY)
    made.refresh_from_db()
    assert (made.state, made.answered_at) == ("accepted", NOW + DAY)
    assert len(events("invitation.accepted")) == 1


@db
def test_a_declined_invitation_leaves_no_plan_behind() -> None:
    d = desk()
    alone = invite(d, kind="exclusive", commission_bps=4000)
    assert alone.plan is not None
    assert answer(d.lins, alone, accept=False).state == "declined"
    assert Plan.objects.get(id=alone.plan_id).ended_at == NOW + DAY
    assert d.pick(d.meis, NOW + DAY).commission_bps == 1000
    first = invite(d, kind="targeted", commission_bps=2000)
    second = invite(d, d.mei, kind="targeted", commission_bps=2000)
    assert first.plan_id == second.plan_id
    withdraw_invitation(actor=d.maker, now=NOW + DAY, invitation_id=second.id)
    plan = Plan.objects.get(id=first.plan_id)
    assert plan.ended_at is None
    assert list(plan.shops.filter(removed_at=None).values_list("shop_id", flat=True)) == [d.lin.id]
    refused(InvitationOver, lambda: answer(d.meis, second))
    assert withdraw_invitation(actor=d.maker, now=NOW + DAY, invitation_id=second.id).state == "withdrawn"
    assert [kind for kind, _ in told(d.meis)][-1] == "invitation.withdrawn"


@db
def test_a_plan_that_named_the_shop_before_stays_whatever_the_answer() -> None:
    d = desk()
    plan = d.plan(d.lin, bps=2000)
    made = invite(d, kind="targeted", commission_bps=2000)
    assert made.plan_id is None
    answer(d.lins, made, accept=False)
    plan.refresh_from_db()
    assert plan.ended_at is None


@db
def test_what_is_refused() -> None:
    d = desk()
    draft = product(d.good.supplier, "draft", state="draft")
    refused(NotToBePicked, lambda: invite(d, product_id=draft.id))
    refused(Invalid, lambda: invite(d, words=" "))
    refused(Invalid, lambda: invite(d, words="x" * 401))
    made = invite(d)
    refused(InvitedAlready, lambda: invite(d))
    refused(InvitedAlready, lambda: invite(d, kind="targeted", commission_bps=2000))
    for actor in (*strangers(), d.meis):
        kind = SignInNeeded if actor.person_id is None else NotFound
        refused(kind, lambda actor=actor: invite(d, d.mei, actor=actor))  # type: ignore[misc]
        refused(kind, lambda actor=actor: answer(actor, made))  # type: ignore[misc]
        refused(kind, lambda actor=actor: withdraw_invitation(actor=actor, now=NOW, invitation_id=made.id))  # type: ignore[misc]
        refused(kind, lambda actor=actor: list_invitations(actor, supplier_id=d.good.supplier_id))  # type: ignore[misc]
        refused(kind, lambda actor=actor: list_invitations(actor, shop_id=d.lin.id))  # type: ignore[misc]
    refused(NotFound, lambda: answer(d.maker, made))
    refused(NotFound, lambda: withdraw_invitation(actor=d.lins, now=NOW, invitation_id=made.id))
    set_term(actor=operator(), now=NOW, term="invitations_per_day", value=1, reason="less")
    refused(TooManyInvitations, lambda: invite(d, d.mei))
    assert invite(d, d.mei, now=NOW + DAY).state == "sent"


@db
def test_an_invitation_on_terms_that_exclude_each_other_sends_nothing() -> None:
    d = desk()
    d.plan(d.mei, kind="exclusive", bps=3000)
    refused(PlansConflict, lambda: invite(d, kind="targeted", commission_bps=2000))
    assert Invitation.objects.count() == 0


def test_two_who_invite_at_once_send_one(house: None) -> None:
    d = desk()
    answers = at_once(*[lambda: invite(d, kind="targeted", commission_bps=2000)] * 4)
    assert sorted(type(a).__name__ for a in answers) == ["Invitation"] + ["InvitedAlready"] * 3
    assert Plan.objects.count() == 1


def test_answer_and_withdrawal_at_once_agree(house: None) -> None:
    d = desk()
    for _ in range(4):
        made = invite(d, kind="targeted", commission_bps=2000)
        answers = at_once(
            lambda: answer(d.lins, made),  # noqa: B023
            lambda: withdraw_invitation(actor=d.maker, now=NOW, invitation_id=made.id),  # noqa: B023
            lambda: d.pick(d.lins),
        )
        made.refresh_from_db()
        assert made.state in {"accepted", "withdrawn"}
        over = [a for a in answers if isinstance(a, InvitationOver)]
        assert len(over) <= 1 and isinstance(answers[2], Pick)
        Pick.objects.all().delete()
        Product.objects.get(id=d.good.id)
