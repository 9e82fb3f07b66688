"""Search: the pool as cards that can be found, filtered and sorted."""
