"""Payouts: handing a balance out to its owner."""
