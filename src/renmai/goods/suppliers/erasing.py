"""What an erased person leaves in suppliers: their own address as a company's contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.kit.events.actions import Happened

CONTACT = """
update goods_supplier s set contact_email = '' from people_person p
where p.id = any(%s) and s.contact_email = p.email and s.contact_email <> ''
"""


def forget_contacts(cursor: Any, events: Sequence[Happened]) -> None:
    """React to person.erased, within its transaction and before the address itself is gone."""
    cursor.execute(CONTACT, ([event.subject_id for event in events],))
