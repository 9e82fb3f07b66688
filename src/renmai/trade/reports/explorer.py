"""The ledger as an operator walks through it: accounts with balances, an account's transfers, a subject's transfers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q

from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, require_role
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, page_of, parts_of
from renmai.money.ledger.models import Transfer
from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import agency_account, creator_account, sharer_account, supplier_account
from renmai.people.accounts.models import Person
from renmai.people.agencies.models import Agency
from renmai.places.shops.models import Shop
from renmai.trade.referrals.models import ShareLink

NAMES_MAX = 50
SUBJECT_MAX = 500


@dataclass(frozen=True, slots=True)
class Account:
    """An account and its balance in minor units."""

    name: str
    balance_minor: int


# A skip scan: each step takes the next account from one of the two indexes, so the size of the ledger does not matter.
ACCOUNTS = """
with recursive walk (account) as (
  select least((select min(debit) from money_transfer where debit > %(after)s),
               (select min(credit) from money_transfer where credit > %(after)s))
  union all
  select least((select min(debit) from money_transfer where debit > walk.account),
               (select min(credit) from money_transfer where credit > walk.account))
  from walk where walk.account is not null
)
select account from walk where account is not null limit %(limit)s
"""
# Two index ranges, merged: what went out and what came in, newest first.
TRANSFERS = """
select id, xid from (
  (select id, xid from money_transfer where debit = %(account)s and (xid, id) < (%(xid)s, %(id)s)
   order by xid desc, id desc limit %(limit)s)
  union all
  (select id, xid from money_transfer where credit = %(account)s and (xid, id) < (%(xid)s, %(id)s)
   order by xid desc, id desc limit %(limit)s)
) as both_sides order by xid desc, id desc limit %(limit)s
"""
LAST = (2**63 - 1, UUID(int=(1 << 128) - 1))


def list_accounts(actor: Actor, *, after: str | None = None, limit: int | None = None) -> Page[Account]:
    """Return accounts that ever moved, by name, with their balances; two statements.

    Errors: Forbidden, SignInNeeded, BadCursor.
    """
    require_role(actor, "operator")
    parts, size = parts_of(after, 1), checked_limit(limit)
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, {"after": parts[0] if parts else "", "limit": size + 1})
        names = [row[0] for row in cursor.fetchall()]
    page = page_of(names, size, cursor_of(names[min(size, len(names)) - 1]) if names else None)
    balances = balances_of(page.items)
    return Page([Account(name, balances[name]) for name in page.items], page.next_cursor)


def find_accounts(actor: Actor, words: str) -> list[Account]:
    """Return the accounts whose owner's name (handle, e-mail address) has `words` in it; five statements."""
    require_role(actor, "operator")
    named = Q(name__icontains=words)
    either = named | Q(name_zh__icontains=words)
    found = {
        supplier_account: Supplier.objects.filter(either),
        creator_account: Shop.objects.filter(either | Q(handle__icontains=words)),
        agency_account: Agency.objects.filter(either),
        sharer_account: Person.objects.filter(
            (named | Q(email__icontains=words)) & Exists(ShareLink.objects.filter(sharer_id=OuterRef("id")))
        ),
    }
    names = [
        account(owner_id)
        for account, rows in found.items()
        for owner_id in rows.order_by("name").values_list("id", flat=True)[:NAMES_MAX]
    ]
    balances = balances_of(names)
    return [Account(name, balances[name]) for name in names]


OWNED: dict[str, type[Model]] = {"supplier": Supplier, "creator": Shop, "agency": Agency, "sharer": ShareLink}


def account_of(owner_id: UUID) -> str | None:
    """Return the account of the supplier, shop, agency or sharer with this id, or None."""
    for kind, table in OWNED.items():
        key = "sharer_id" if kind == "sharer" else "id"
        if table._default_manager.filter(**{key: owner_id}).exists():
            return f"{kind}:{owner_id}"
    return None


def list_transfers(actor: Actor, account: str, *, after: str | None = None, limit: int | None = None) -> Page[Transfer]:
    """Return an account's transfers, newest first; two statements. Errors: Forbidden, SignInNeeded, BadCursor."""
    require_role(actor, "operator")
    size = checked_limit(limit)
    xid, last_id = _place(after)
    with connection.cursor() as cursor:
        cursor.execute(TRANSFERS, {"account": account, "xid": xid, "id": last_id, "limit": size + 1})
        keys = cursor.fetchall()
    last = keys[min(size, len(keys)) - 1] if keys else None
    page = page_of(keys, size, cursor_of(last[1], last[0]) if last else None)
    rows = Transfer.objects.in_bulk([key[0] for key in page.items])
    return Page([rows[key[0]] for key in page.items], page.next_cursor)


def _place(after: str | None) -> tuple[int, UUID]:
    parts = parts_of(after, 2)
    if not parts:
        return LAST
    try:
        return int(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None


def list_subject_transfers(actor: Actor, subject_ids: Sequence[UUID]) -> list[Transfer]:
    """Return the transfers about orders, checkouts, payments or payouts, oldest first; one statement, at most 500."""
    require_role(actor, "operator")
    rows = Transfer.objects.filter(subject_id__in=list(subject_ids))
    return list(rows.order_by("xid", "id")[:SUBJECT_MAX])
