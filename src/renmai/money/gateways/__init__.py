"""Gateways to payment providers, behind one protocol."""
