"""Who stands behind a payee, and the tax that is withheld from a payout to a person where that rule is on.

Money: the whole of a payout waits on `payout_due`. What is withheld goes on to `tax_due` when the provider paid the rest, and
back to the payee when the bank returns it. So `tax_due` is always the sum of what was withheld from payouts that are paid.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.kit.problems import DomainError
from renmai.money.payouts.models import PayeeDetails, Payout, TaxWithheld
from renmai.money.payouts.rules import payee_owner, purse_of
from renmai.money.payouts.tax import RULE_VERSION, months_of, tax_to_withhold
from renmai.people.standing.queries import term_in_force

DETAILS = {
    "kind": Text(10, required=True, pattern="person|company", shape="Choose a person or a company."),
    "legal_name": Text(120, required=True),
    "tax_number": Text(40, pattern="[0-9A-Za-z -]+", shape="Letters and digits only."),
    "address": Text(300),
}
YEAR = """
select min(t.at), coalesce(sum(t.income_minor), 0), coalesce(sum(t.withheld_minor), 0)
from money_taxwithheld t join money_payout p on p.id = t.payout_id
where t.payee = %s and t.year = %s and t.payout_id <> %s and p.state in ('approved', 'sent', 'paid')
"""


class DetailsNeeded(DomainError):
    """Tax is withheld from payouts to persons, and nobody said yet who this payee is."""

    code = "payout.details_needed"
    status = 409
    message = (
        "Please say first who you are for the tax office: your legal name, and whether you are a person or a company."
    )


@transaction.atomic
def set_details(
    *,
    actor: Actor,
    now: datetime,
    payee: str,
    kind: str,
    legal_name: str,
    tax_number: str = "",
    address: str = "",
) -> PayeeDetails:
    """Write who stands behind `payee`, an account of the actor's. Again with the same: the same.

    Errors: SignInNeeded, NotFound (not the actor's), Invalid. The event says that it changed, not to what.
    """
    role, owner = purse_of(payee)
    require_role(actor, role, owner)
    given = {"kind": kind, "legal_name": legal_name, "tax_number": tax_number, "address": address}
    values = checked_texts(DETAILS, given)
    row, _ = PayeeDetails.objects.update_or_create(
        payee=payee, defaults={**values, "changed_by_id": require_person(actor), "changed_at": now}
    )
    record(Happened("payee.details_set", owner, now, {"payee": payee}, actor.person_id))
    return row


def access_details(actor: Actor, payee: str) -> PayeeDetails | None:
    """Return who stands behind a payee, to itself or an operator; None when nobody said yet. Errors: NotFound."""
    role, owner = purse_of(payee)
    if not actor.has("operator"):
        require_role(actor, role, owner)
    return PayeeDetails.objects.filter(payee=payee).first()


def masked(number: str) -> str:
    """Return a tax number as pages show it: its last four signs, less of a short one; how long it is stays hidden."""
    shown = 4 if len(number) >= 8 else len(number) // 2
    return f"****{number[len(number) - shown :]}" if number else ""


def is_withheld(payee: str) -> bool:
    """Return whether tax is withheld from payouts to this payee. Errors: NotFound, DetailsNeeded."""
    _, owner = payee_owner(payee)
    if not term_in_force("tax_withholding", owner):
        return False
    kind = PayeeDetails.objects.filter(payee=payee).values_list("kind", flat=True).first()
    if kind is None:
        raise DetailsNeeded()
    return kind == "person"


def withhold(payout: Payout, now: datetime) -> int:
    """Decide in the caller's transaction what is withheld of `payout`, which is being approved; return it (minor units).

    Writes its one row; approved once more after a failure, it is computed anew. Errors: DetailsNeeded.
    """
    TaxWithheld.objects.filter(payout_id=payout.id).delete()
    if not is_withheld(payout.payee):
        return 0
    lock_payee(payout.payee)
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    first, income, before = _year_so_far(payout, today)
    months, income = months_of(first, today), income + payout.amount_minor
    withheld = tax_to_withhold(income_minor=income, months=months, withheld_minor=before)
    TaxWithheld.objects.create(
        payout_id=payout.id,
        payee=payout.payee,
        year=today.year,
        months=months,
        income_minor=payout.amount_minor,
        withheld_minor=withheld,
        currency=payout.currency,
        rule_version=RULE_VERSION,
        at=now,
    )
    return withheld


def lock_payee(payee: str) -> None:
    """Let those who ask for payouts of one payee, or approve them, go one after the other until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"payout:{payee}",))


def _year_so_far(payout: Payout, today: date) -> tuple[date, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(YEAR, (payout.payee, today.year, payout.id))
        first, income, withheld = cursor.fetchone()
    day = first.astimezone(ZoneInfo(settings.TIME_ZONE)).date() if first else today
    return min(day, today), int(income), int(withheld)
