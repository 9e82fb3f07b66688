"""Splits: who gets what of a paid amount, frozen when it is promised."""
