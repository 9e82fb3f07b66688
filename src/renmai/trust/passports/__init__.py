"""Passports: what a seller has earned in one house, carried to another as a W3C Verifiable Credential.

Owns the houses that operators know, what sellers asked for, and the passports that came in. Nothing of a passport counts before
signature, issuer, proofs, score, date and bearer were checked; what it then counts for is bounded, and shown apart: foreign
facts never join the house's own log.
"""
