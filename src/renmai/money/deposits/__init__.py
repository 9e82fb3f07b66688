"""Deposits (保证金) of suppliers: paid in, taken from, given back. They lie in the ledger, on an account of each supplier's."""
