"""The log: every fact of credit is one leaf of a tiled transparency log, which only grows and which anyone can check.

It owns the tables of the log and the key that signs for it. Formats are C2SP's: tlog-tiles, tlog-checkpoint, signed-note,
tlog-cosignature and tlog-proof, over the hash tree of RFC 6962. `merkle`, `tiles`, `notes`, `proofs` and `reading` need
neither Django nor a database.
"""
