"""Facts: what really happened between people and orders, on its way into the public log.

Owns the seller's pseudonym (`Subject`), the row of every fact with what opens its commitment, the kinds with their
schemas, and how much a buyer behind a fact weighs. Invariants: each event leaves exactly its facts; each fact is one
leaf; no leaf holds a name, an order number or free text.
"""
