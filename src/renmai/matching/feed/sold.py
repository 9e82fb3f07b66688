"""What of a shop's orders counts as taken by others: for whoever reads lines `l` of paid orders `o` of a shop `h`."""

from __future__ import annotations

# Pieces that were not given back: a piece is, when at least half of what it cost went back.
PIECES = "l.quantity - floor(l.quantity * l.refunded_minor::numeric / l.paid_minor + 0.5)::int"
# Bought by somebody else than the shop's owner, its team and the people of the goods' supplier, and kept.
TAKEN_BY_OTHERS = f"""l.kind = 'goods' and l.paid_minor > 0 and {PIECES} > 0 and o.buyer_id <> h.owner_id
  and not exists (
    select from people_membership m where m.person_id = o.buyer_id and m.subject_id in (h.id, l.supplier_id)
  )"""
