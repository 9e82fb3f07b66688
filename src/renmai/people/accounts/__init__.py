"""Persons, sign-in by code or password, memberships (who may act for whom), addresses, tokens."""
