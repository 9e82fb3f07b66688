"""Parcels: hand-over, delivery, receipt, by people, by carriers and by time."""
