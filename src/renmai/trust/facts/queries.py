"""The receipt of a fact, for those it is about. Lists: `listing.py`; who a pseudonym is: `sellers.py`."""

from __future__ import annotations

from uuid import UUID

import orjson
from django.db import connection

from renmai.kit.access import Actor, require_person
from renmai.kit.problems import DomainError, NotFound
from renmai.trust.facts.receipts import Receipt, render
from renmai.trust.log.queries import proof_of

FACT = """
select f.leaf_index, e.data, s.supplier_id, s.person_id,
       array(select h.id from places_shop h where h.owner_id = s.person_id), o.salt, o.record, o.buyer_id
from trust_fact f join trust_subject s on s.id = f.subject_id join trust_logentry e on e.index = f.leaf_index
left join trust_factopening o on o.fact_id = f.id
where f.id = %s
"""


class NotSignedYet(DomainError):
    """A fact so new that no checkpoint of the log covers it yet."""

    code = "credit.not_signed_yet"
    status = 409
    message = "The log has not signed this fact yet. Please try again in a moment."


def receipt(actor: Actor, fact_id: UUID) -> bytes:
    """Return the receipt of a fact as a file (`receipts.py`), to its seller's people or its buyer.

    Two statements and the log's. Errors: SignInNeeded, NotFound (everybody else's, and no such fact), NotSignedYet.
    """
    person_id = require_person(actor)
    with connection.cursor() as cursor:
        cursor.execute(FACT, (fact_id,))
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    leaf_index, leaf, supplier_id, owner_id, shops, salt, record, buyer_id = row
    of_seller = actor.has("supplier", supplier_id) if supplier_id else any(actor.has("creator", s) for s in shops)
    if not of_seller and person_id not in (owner_id, buyer_id):
        raise NotFound()
    proof = proof_of(leaf_index)
    if proof is None:
        raise NotSignedYet()
    if salt is None:
        return render(Receipt(bytes(leaf), proof))
    return render(Receipt(bytes(leaf), proof, bytes(salt), orjson.loads(bytes(record))))
