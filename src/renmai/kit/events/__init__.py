"""Events: what happened, appended in the transaction that made it happen, and the reactions to them.

An event is never changed. `within` reactions run in the same transaction on the whole batch; `after` reactions are
delivered from the table by cursor, at least once, in order per subject. `renmai.wiring` declares all of them.
"""
