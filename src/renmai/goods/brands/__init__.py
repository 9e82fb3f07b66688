"""Brands: who makes the goods. Story, proofs, and the chain of authorisation from the owner of the mark to who sells."""
