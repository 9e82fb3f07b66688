"""Pages of the creator."""
