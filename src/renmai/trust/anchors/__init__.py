"""Checkpoints of the log, anchored on an EVM chain by a small contract of the house's own: evidence, and nothing else.

Owns which contract the house anchors to, and every checkpoint it anchored or tries to. At most one anchor of a contract is
under way; the transaction is a row before it is sent; it is final only after `ANCHOR_CONFIRMATIONS` blocks. Off until
`ANCHOR_RPC` is set. `reading` needs no database: what is anchored is read from any node.
"""
