"""Refunds: money given back for an order, whole or in part, before or after settlement."""
