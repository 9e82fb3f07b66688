"""Referrals: the person whose link sold it. One level, by a constraint of the database."""
