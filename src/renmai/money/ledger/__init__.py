"""The ledger: transfer(debit, credit, amount > 0). Immutable; corrections are new transfers."""
