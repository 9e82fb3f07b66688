"""Read deposits: a supplier its own, an operator all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection

from renmai.goods.screening.queries import needed_deposit_minor, share_of_deposit
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor, require_role
from renmai.kit.problems import NotFound
from renmai.money.deposits.models import DepositEntry, DepositReturn
from renmai.money.deposits.rules import still_open
from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import deposit_account, supplier_account
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force

LIST_MAX = 201
# Paid for and not settled: buyers' money of which a part of this payee's is to come, or to go back.
UNSETTLED = """
select exists (
  select 1 from money_splitpart p join money_split s on s.subject_id = p.subject_id
  where p.payee = %s and s.settled_at is null and p.amount_minor > p.reversed_minor
    and exists (select 1 from money_transfer t where t.subject_id = p.subject_id and t.credit = 'escrow')
)
"""
HELD = """
select s.id, s.name, s.name_zh, s.state, s.deposit_minor,
       coalesce((select max(c.deposit_minor) from goods_product p join goods_category c on c.id = p.category_id
                 where p.supplier_id = s.id and p.state in ('screening', 'approved')), 0) as needed,
       r.id as return_id, r.amount_minor
from goods_supplier s
left join money_depositreturn r on r.supplier_id = s.id and r.state = 'requested'
where s.id > %s and (s.deposit_minor > 0 or r.id is not null or exists (
  select 1 from goods_product p join goods_category c on c.id = p.category_id
  where p.supplier_id = s.id and p.state in ('screening', 'approved') and c.deposit_minor > 0))
order by s.id limit %s
"""


@dataclass(frozen=True, slots=True)
class Deposit:
    """A supplier's deposit: what lies there, what its categories need, what it could pay in from its earnings (minor units).

    `open` is what keeps all of it from going back now; `asked` the open request, if there is one.
    """

    supplier_id: UUID
    balance_minor: int
    needed_minor: int
    payable_minor: int
    open: tuple[str, ...]
    asked: DepositReturn | None

    @property
    def short_minor(self) -> int:
        """Return how much is missing."""
        return max(0, self.needed_minor - self.balance_minor)


@dataclass(frozen=True, slots=True)
class Held:
    """A row of the operator's list: who has, needs or asks for how much (minor units)."""

    supplier_id: UUID
    name: str
    name_zh: str
    state: str
    balance_minor: int
    needed_minor: int
    return_id: UUID | None
    asked_minor: int | None


def access_deposit(actor: Actor, supplier_id: UUID) -> Deposit:
    """Return the deposit of a supplier of the actor's, or any for an operator. Errors: NotFound, SignInNeeded."""
    access_supplier(actor, supplier_id)
    account, payee = deposit_account(supplier_id), supplier_account(supplier_id)
    balances = balances_of([account, payee])
    needed = needed_deposit_minor(supplier_id)
    unsettled = has_unsettled(supplier_id)
    still = still_open(payable_minor=balances[payee], unsettled=unsettled, left_minor=0, needed_minor=needed)
    asked = DepositReturn.objects.filter(supplier_id=supplier_id, state="requested").first()
    return Deposit(supplier_id, balances[account], needed, balances[payee], tuple(still), asked)


def has_unsettled(supplier_id: UUID) -> bool:
    """Return whether orders that buyers paid for have a part of this supplier's that is not settled."""
    with connection.cursor() as cursor:
        cursor.execute(UNSETTLED, (supplier_account(supplier_id),))
        return bool(cursor.fetchone()[0])


def list_entries(
    actor: Actor, supplier_id: UUID, *, before_id: UUID | None = None, limit: int = 50
) -> list[DepositEntry]:
    """Return the movements of a deposit, newest first. Errors: NotFound, SignInNeeded."""
    access_supplier(actor, supplier_id)
    rows = DepositEntry.objects.filter(supplier_id=supplier_id).order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[: min(limit, LIST_MAX)])


def list_returns(actor: Actor, supplier_id: UUID, *, limit: int = 50) -> list[DepositReturn]:
    """Return the requests for a deposit, newest first. Errors: NotFound, SignInNeeded."""
    access_supplier(actor, supplier_id)
    return list(DepositReturn.objects.filter(supplier_id=supplier_id).order_by("-id")[: min(limit, LIST_MAX)])


def access_return(actor: Actor, return_id: UUID) -> DepositReturn:
    """Return one request, for its supplier's people or an operator. Errors: NotFound, SignInNeeded."""
    row = DepositReturn.objects.filter(id=return_id).first()
    if row is None:
        raise NotFound()
    access_supplier(actor, row.supplier_id)
    return row


def list_deposits(actor: Actor, *, after: UUID | None = None, limit: int = 50) -> list[Held]:
    """Return the suppliers that have, need or ask for a deposit, by id; two statements. Errors: Forbidden."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        cursor.execute(HELD, (after or UUID(int=0), min(limit, LIST_MAX)))
        found = [Held(*row) for row in cursor.fetchall()]
        terms = read_terms(cursor, [row.supplier_id for row in found])
    bps = {row.supplier_id: in_force(terms, "deposit_bps", row.supplier_id) for row in found}
    return [replace(row, needed_minor=share_of_deposit(row.needed_minor, bps[row.supplier_id])) for row in found]
