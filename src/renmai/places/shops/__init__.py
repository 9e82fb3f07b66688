"""Shops: a person's place, with picks: product + the creator's terms + the creator's word."""
