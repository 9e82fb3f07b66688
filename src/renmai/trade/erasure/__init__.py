"""Erasing a person from trade: what is open, which files stay, and the sweep of what the law had us keep."""
