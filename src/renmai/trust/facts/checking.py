"""Is every leaf a fact of the house's, every fact its leaf, and counted? For `renmai check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from renmai.trust.facts.rules import OUTCOMES, BadFact, decode
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
OUTCOME = "case f.kind {} end".format(
    " ".join(
        f"when '{kind}' then convert_from(e.data, 'UTF8')::jsonb -> 'data' ->> '{said}'"
        for kind, said in OUTCOMES.items()
    )
)
# How facts came out is in their leaves alone: that part is compared only where the whole log is read anyway.
MISCOUNTED = """
select 'seller ' || subject_id || ', ' || month || ', ' || kind || outcome, coalesce(c.facts, 0), coalesce(f.facts, 0)
from (select subject_id, month, kind, {kept} as outcome, sum(facts) as facts from trust_factcount group by 1, 2, 3, 4) c
full join (
  select f.subject_id, date_trunc('month', f.day::timestamp)::date as month, f.kind, {said} as outcome, count(*) as facts
  from trust_fact f {leaves} group by 1, 2, 3, 4
) f using (subject_id, month, kind, outcome) where c.facts is distinct from f.facts
union all
select 'day ' || day, coalesce(c.facts, 0), coalesce(f.facts, 0)
from trust_factday c full join (select day, count(*) as facts from trust_fact group by day) f using (day)
where c.facts is distinct from f.facts
union all
select 'sum ' || name, coalesce(c.count, 0), coalesce(f.count, 0)
from trust_factsum c full join (
  select kind as name, count(*) from trust_fact group by kind
  union all select 'sellers', count(distinct subject_id) from trust_fact having count(*) > 0
) f using (name) where c.count is distinct from f.count
order by 1 limit 100
"""
BY_KIND = MISCOUNTED.format(kept="''", said="''", leaves="")
BY_OUTCOME = MISCOUNTED.format(
    kept="' ' || outcome",
    said=f"' ' || coalesce({OUTCOME}, '')",
    leaves="join trust_logentry e on e.index = f.leaf_index",
)
RULES = {
    "facts_are_leaves": "every fact is one leaf of the log, and every leaf one fact",
    "facts_are_counted": "as many facts are counted as there are",
}


@dataclass(frozen=True, slots=True)
class FactFault:
    """A fact that is not what its leaf says, facts and leaves that are not as many, or facts that are miscounted."""

    subject_id: str
    detail: str
    name: str = "facts_are_leaves"

    def as_json(self) -> dict[str, str]:
        """Return the object of the command line."""
        return {"name": self.name, "subject_id": self.subject_id, "detail": self.detail}

    def sentence(self) -> str:
        """Return what is wrong, for people."""
        return f"{self.name}: {RULES[self.name]}; {self.subject_id}: {self.detail}"


def check_facts(cursor: Any, *, whole: bool = False) -> Iterator[FactFault]:
    """Yield what is wrong: the numbers of leaves and facts, of 500 facts taken at random leaf and opening, what is counted.

    With `whole`, how the facts came out is counted too, of every leaf.
    """
    cursor.execute(COUNTED)
    size, facts, end = cursor.fetchone()
    if (facts, end) != (size, size):
        yield FactFault("log", f"{size} leaves, {facts} facts up to place {end}")
    cursor.execute(SAMPLED, (size, SAMPLE))
    for fact_id, *row in cursor.fetchall():
        if why := _fault(*row):
            yield FactFault(str(fact_id), why)
    cursor.execute(BY_OUTCOME if whole else BY_KIND)
    for what, counted, there in cursor.fetchall():
        yield FactFault(what, f"{counted} counted, {there} there", "facts_are_counted")


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
