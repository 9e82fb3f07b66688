"""Idempotency keys: the same key with the same input gives the first answer again; with other input it is an error."""
