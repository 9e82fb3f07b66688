"""The mathematics of matching: matrices in, orders out. No database, clock or settings in here."""
