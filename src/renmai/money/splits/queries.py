"""Read what the platform's fee is."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from renmai.money.splits.fees import Fee, fee_of, fee_rule_for
from renmai.money.splits.lane import read_rules
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force

NOBODY = UUID(int=0)


class Fees:
    """The fees of one shop (None: of a shop without terms of its own), read once for a page."""

    def __init__(self, shop_id: UUID | None = None) -> None:
        """Read the rules and the terms in force: two statements."""
        with connection.cursor() as cursor:
            self.version, self.rules = read_rules(cursor)
            self.terms_bps = in_force(
                read_terms(cursor, [shop_id] if shop_id else []), "platform_fee_bps", *([shop_id] if shop_id else [])
            )
        self.shop_id = shop_id or NOBODY

    def fee(self, *, supplier_id: UUID, category_id: UUID) -> Fee:
        """Return the fee on goods of a supplier in a category, as checkout would take it."""
        rule = fee_rule_for(self.rules, shop_id=self.shop_id, supplier_id=supplier_id, category_id=category_id)
        return fee_of(rule, self.terms_bps)
