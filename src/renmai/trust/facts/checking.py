"""Is every leaf a fact of the house's, and every fact its leaf? For `renmai check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from renmai.trust.facts.rules import BadFact, decode
from renmai.trust.facts.tokens import commitment

SAMPLE = 500
COUNTED = """
select coalesce((select size from trust_loghead), 0), (select count(*) from trust_fact),
       coalesce((select max(leaf_index) + 1 from trust_fact), 0)
"""
# As many as there are, and of those so many taken at random: the log itself is checked whole elsewhere.
SAMPLED = """
select f.id, f.kind, f.day, s.pseudonym, e.data, o.salt, o.record
from trust_fact f join trust_subject s on s.id = f.subject_id left join trust_logentry e on e.index = f.leaf_index
left join trust_factopening o on o.fact_id = f.id
where f.leaf_index = any(array(select floor(random() * %s)::bigint from generate_series(1, %s)))
"""


@dataclass(frozen=True, slots=True)
class FactFault:
    """A fact that is not what its leaf says, or facts and leaves that are not as many."""

    name: ClassVar[str] = "facts_are_leaves"
    subject_id: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """Return the object of the command line."""
        return {"name": self.name, "subject_id": self.subject_id, "detail": self.detail}

    def sentence(self) -> str:
        """Return what is wrong, for people."""
        return (
            f"{self.name}: every fact is one leaf of the log, and every leaf one fact; {self.subject_id}: {self.detail}"
        )


def check_facts(cursor: Any) -> Iterator[FactFault]:
    """Yield what is wrong: the numbers of leaves and facts, and of 500 facts taken at random leaf and opening."""
    cursor.execute(COUNTED)
    size, facts, end = cursor.fetchone()
    if (facts, end) != (size, size):
        yield FactFault("log", f"{size} leaves, {facts} facts up to place {end}")
    cursor.execute(SAMPLED, (size, SAMPLE))
    for fact_id, *row in cursor.fetchall():
        if why := _fault(*row):
            yield FactFault(str(fact_id), why)


def _fault(kind: str, day: object, pseudonym: str, leaf: Any, salt: Any, record: Any) -> str:
    if leaf is None:
        return "its leaf is missing"
    try:
        fact = decode(bytes(leaf))
    except BadFact as error:
        return f"its leaf is no fact: {error}"
    if (fact.kind, fact.day, fact.subject) != (kind, day, pseudonym):
        return "its leaf is another fact's"
    opens = salt is None or commitment(bytes(salt), bytes(record)) == fact.commitment
    return "" if opens else "what is kept does not open its commitment"
