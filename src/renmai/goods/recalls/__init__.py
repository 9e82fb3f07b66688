"""Recalls: one act takes a product, or a batch of it, out of sale everywhere, and is itself on record."""
