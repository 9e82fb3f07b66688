"""Captures: from a provider's word that money came in to paid orders; and what happens to money that comes too late, twice, short or over; and orders nobody paid."""
