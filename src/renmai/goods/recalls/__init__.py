"""Recalls: one act takes a product, or a batch of it, out of sale everywhere, and says so for ever."""
