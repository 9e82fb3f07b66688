"""Checkout: the lane from a cart to placed orders; all lines or none."""
