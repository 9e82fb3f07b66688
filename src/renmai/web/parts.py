"""The parts of a shop's team in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# part -> (its name, what it may do), in the order in which they are offered.
PART_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "manager": (
        _("Manager"),
        _("Runs the shop day by day: goods, posts, orders, cases, coupons. No payouts, no team."),
    ),
    "content": (_("Words and goods"), _("Picks, posts, links and the look of the shop. Sees no orders and no money.")),
    "service": (_("Orders and cases"), _("Answers buyers: orders, cases, messages, refunds. Sees no earnings.")),
    "owner": (_("Shop owner"), _("Everything, with payouts, bank details and the team.")),
}
