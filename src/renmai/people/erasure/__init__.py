"""Erasing a person: what is theirs alone goes, trade rows stay under a pseudonym, and their last words go in time.

Invariants: nothing is erased while something is open; it is one transaction; a second time changes nothing. Upper rooms
say what is open (`on_asked`), erase their own rows within `person.erased`, and say which files have to stay (`on_kept`):
`renmai.wiring` declares all of them. What becomes of each column is written down in docs/erasure.md; a test compares.
"""
