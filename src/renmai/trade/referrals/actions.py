"""Make a link, count who follows it, and say what a shop gives to who shares.

Only who shared the link that sold is paid: nobody for whom they brought in, or what those sell (FIELD.md 3.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_secret
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Person
from renmai.people.agencies.actions import accept_contract, hold_shares
from renmai.people.agencies.models import Contract
from renmai.people.agencies.queries import contract_in_force
from renmai.people.agencies.rules import check_shares
from renmai.people.standing.actions import write_term
from renmai.people.standing.queries import most_in_force, read_terms, term_in_force
from renmai.people.standing.rules import UnknownTerm, in_force
from renmai.places.shops.models import Shop
from renmai.trade.referrals.models import Click, ShareLink, ShareTerms
from renmai.trade.referrals.queries import shop_of
from renmai.trade.referrals.rules import CLICK_KINDS, CONSIDERED_MAX, PLACED, check_sharer, share_rule

TOKEN_BYTES = 9  # twelve characters
SWEPT_MAX, ROUNDS_MAX = 5_000, 40
RULE_TERMS = (
    "share_product_days", "share_product_order_days", "share_content_days", "share_content_order_days", "share_binding",
    "share_binding_days", "share_own",
)  # fmt: skip
BY_CREATOR = "Set by the creator. 由达人设置。"

# The row of who came first stands until it is over, or its sharer's account is closed: nobody takes a customer over before.
BIND = """
insert into trade_binding (shop_id, person_id, link_id, sharer_id, at, until_at) values (%s, %s, %s, %s, %s, %s)
on conflict (shop_id, person_id) do update
set link_id = excluded.link_id, sharer_id = excluded.sharer_id, at = excluded.at, until_at = excluded.until_at
where trade_binding.until_at <= excluded.at
  or exists (select 1 from people_person p where p.id = trade_binding.sharer_id and not p.is_active)
"""
# The person may have followed one of these in this browser before, signed in: that is one row then.
CLAIM = """
with own as (delete from trade_click where visitor = %(visitor)s and person_id is null returning *),
claimed as (
  insert into trade_click (id, link_id, visitor, person_id, kind, first_at, at)
  select id, link_id, visitor, %(person)s, kind, first_at, at from own
  on conflict (visitor, link_id, person_id)
  do update set first_at = least(trade_click.first_at, excluded.first_at), at = greatest(trade_click.at, excluded.at)
)
select link_id, first_at from own union select link_id, at from own order by 2, 1
"""
FORGET = """
delete from trade_click c using (
  select id from trade_click where at < %s order by at limit %s for update skip locked
) old where c.id = old.id
"""
UNBIND = """
delete from trade_binding b using (
  select shop_id, person_id from trade_binding where until_at < %s order by until_at limit %s for update skip locked
) over where b.shop_id = over.shop_id and b.person_id = over.person_id
"""


@transaction.atomic
def set_share_terms(*, actor: Actor, now: datetime, shop_id: UUID, sharer_bps: int) -> ShareTerms:
    """Say what a shop gives of its own part to who shares: basis points, 0 to 9000, for orders placed from now on.

    Only its owners may: a manager with a link of their own would raise their own pay. After: event share.terms_set; nothing at all when nothing differs.
    Errors: NotFound, SharerOutOfRange, SharesTooMuch (with the agency's share more than the whole part).
    """
    require_role(actor, "owner", shop_id)
    person_id = require_person(actor)
    check_sharer(sharer_bps)
    hold_shares(shop_id)
    contract = contract_in_force(shop_id)
    check_shares(agency_bps=contract.share_bps if contract else 0, sharer_bps=sharer_bps)
    known = ShareTerms.objects.filter(shop_id=shop_id).first()
    if known is not None and known.sharer_bps == sharer_bps:
        return known
    terms, _ = ShareTerms.objects.update_or_create(
        shop_id=shop_id, defaults={"sharer_bps": sharer_bps, "changed_at": now, "changed_by_id": person_id}
    )
    record(Happened("share.terms_set", shop_id, now, {"sharer_bps": sharer_bps}, person_id))
    return terms


@transaction.atomic
def accept_offer(*, actor: Actor, now: datetime, contract_id: UUID) -> Contract:
    """Accept an agency's offer, as an owner of the shop, if it fits beside what the shop gives sharers.

    After and errors: as `people.agencies.actions.accept_contract`.
    """
    shop_id = Contract.objects.filter(id=contract_id).values_list("shop_id", flat=True).first()
    if shop_id is None:
        raise NotFound()
    require_role(actor, "owner", shop_id)
    hold_shares(shop_id)
    terms = ShareTerms.objects.filter(shop_id=shop_id).first()
    return accept_contract(
        actor=actor, now=now, contract_id=contract_id, sharer_bps=terms.sharer_bps if terms is not None else 0
    )


@transaction.atomic
def set_share_rule(*, actor: Actor, now: datetime, shop_id: UUID, changes: Mapping[str, int]) -> None:
    """Say how a shop decides whom an order credits: values of RULE_TERMS, for orders placed from now on. Owners only.

    After: a version of each term that differs from what is in force for the shop, event standing.set for each.
    Errors: NotFound, UnknownTerm (also for a term that is not about sharing), TermOutOfRange.
    """
    require_role(actor, "owner", shop_id)
    for term, value in changes.items():
        if term not in RULE_TERMS:
            raise UnknownTerm(term=term)
        if term_in_force(term, shop_id) != value:
            write_term(actor=actor, now=now, term=term, value=value, reason=BY_CREATOR, subject_id=shop_id)


@transaction.atomic
def make_share_link(*, actor: Actor, now: datetime, kind: str, subject_id: UUID) -> ShareLink:
    """Return the actor's link to something of an open shop: made the first time, the same one again later.

    `kind` is shop, pick, post or show (`rules.CLICK_KINDS`). After: the link with its random token, event link.made.
    Errors: SignInNeeded, NotFound.
    """
    sharer_id = require_person(actor)
    shop_id = shop_of(kind, subject_id)
    if shop_id is None:
        raise NotFound()
    return link_to(sharer_id=sharer_id, now=now, kind=kind, subject_id=subject_id, shop_id=shop_id)


def link_to(*, sharer_id: UUID, now: datetime, kind: str, subject_id: UUID, shop_id: UUID) -> ShareLink:
    """Return a person's link to something of a shop, made the first time, with event link.made, in the caller's transaction."""
    link, made = ShareLink.objects.get_or_create(
        sharer_id=sharer_id,
        subject_kind=kind,
        subject_id=subject_id,
        defaults={"shop_id": shop_id, "token": new_secret(TOKEN_BYTES), "created_at": now},
    )
    if made:
        record(Happened("link.made", link.id, now, {"shop_id": shop_id, "to": kind, "id": subject_id}, sharer_id))
    return link


@transaction.atomic
def follow_link(*, actor: Actor, now: datetime, token: str, visitor: str = "") -> ShareLink:
    """Follow a link and return it: counted (not its own sharer's), and remembered of this browser or this person.

    `visitor` names the browser; who has none is remembered by who they are, or not at all. Where the shop binds customers,
    a person who belongs to nobody there belongs to the link's sharer from now on.
    After: one row for browser and link, at most CONSIDERED_MAX for a browser. Errors: NotFound.
    """
    link = ShareLink.objects.filter(token=token).first()
    if link is None:
        raise NotFound()
    if link.sharer_id != actor.person_id:
        ShareLink.objects.filter(id=link.id).update(clicks=F("clicks") + 1)
    who = visitor_name(actor, visitor)
    if who:
        _remember(link, who, actor.person_id, now)
    if actor.person_id is not None:
        _bind(actor.person_id, [(link, now)], now)
    return link


def visitor_name(actor: Actor, visitor: str) -> str:
    """Return by what a click is remembered: the browser's name, else who it is, else nothing."""
    return visitor or (f"p{actor.person_id.hex}" if actor.person_id else "")


def _remember(link: ShareLink, visitor: str, person_id: UUID | None, now: datetime) -> None:
    Click.objects.bulk_create(
        [Click(link=link, visitor=visitor, person_id=person_id, kind=CLICK_KINDS[link.subject_kind], first_at=now, at=now)],
        update_conflicts=True, unique_fields=["visitor", "link", "person_id"], update_fields=["at"],
    )  # fmt: skip
    rows = Click.objects.filter(visitor=visitor).exclude(kind=PLACED).order_by("-at", "-id")
    Click.objects.filter(id__in=list(rows.values_list("id", flat=True)[CONSIDERED_MAX : 2 * CONSIDERED_MAX])).delete()


@transaction.atomic
def claim_clicks(*, actor: Actor, now: datetime, visitor: str) -> None:
    """Say that what this browser followed before it was known whose it is, was followed by the actor.

    After: those clicks are the actor's, and bind where shops bind customers, the first one first: of a link followed
    several times the first and the last. Errors: SignInNeeded.
    """
    person_id = require_person(actor)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"visitor": visitor, "person": person_id})
        rows = cursor.fetchall()
    if rows:
        links = ShareLink.objects.in_bulk([link_id for link_id, _ in rows])
        _bind(person_id, [(links[link_id], at) for link_id, at in rows], now)


def _bind(person_id: UUID, followed: Sequence[tuple[ShareLink, datetime]], now: datetime) -> None:
    """Bind a person in each shop that binds its customers, by the first of `followed` there that may."""
    shops = {link.shop_id for link, _ in followed}
    with connection.cursor() as cursor:
        terms = read_terms(cursor, shops)
        binding = {shop_id for shop_id in shops if share_rule(terms, shop_id).binding}
        if not binding:
            return
        owners = dict(Shop.objects.filter(id__in=binding).values_list("id", "owner_id"))
        sharers = Person.objects.filter(id__in={link.sharer_id for link, _ in followed}, is_active=True)
        able = set(sharers.values_list("id", flat=True)) - {person_id}
        for link, at in followed:
            if link.shop_id not in binding or link.sharer_id not in able - {owners[link.shop_id]}:
                continue
            until = at + timedelta(days=in_force(terms, "share_binding_days", link.shop_id))
            if until > now:
                cursor.execute(BIND, (link.shop_id, person_id, link.id, link.sharer_id, at, until))


def sweep_clicks(*, now: datetime) -> int:
    """Delete clicks that no window anywhere can hold any more, and bindings that are over; return how many.

    At most ROUNDS_MAX times SWEPT_MAX of each: more than a busy house has new ones until the next time.
    """
    longest = max(most_in_force("share_product_days"), most_in_force("share_content_days"))
    return _until_few(FORGET, now - timedelta(days=longest)) + _until_few(UNBIND, now)


def _until_few(sql: str, before: datetime) -> int:
    """Run a statement, each time by itself, until it finds less than it may take; return how many rows it took."""
    found = 0
    for _ in range(ROUNDS_MAX):
        with connection.cursor() as cursor:
            cursor.execute(sql, (before, SWEPT_MAX))
            found += cursor.rowcount
            if cursor.rowcount < SWEPT_MAX:
                break
    return found
