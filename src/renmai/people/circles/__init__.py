"""Circles: an interest with its people, joined by choice."""
