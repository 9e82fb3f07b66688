"""Claims on drops, in one strict order however many `fast` processes there are.

Of each drop one process is the owner: the one whose connection holds the drop's advisory lock. It stamps and queues all
claims on the drop; the other processes hand theirs over. When it dies its connection ends with it, the lock is free, and
the next process that has a claim takes it (docs/decisions say why). How many units there are never depends on this: the
claim lane locks the drop's row.
"""
