"""Reconciliation: a provider's settlement file against the ledger; every difference is a row with a state and an owner."""
