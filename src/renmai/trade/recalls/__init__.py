"""Recalls, as trade meets them: carts emptied, money given back, buyers told."""
