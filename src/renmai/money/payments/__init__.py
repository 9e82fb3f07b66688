"""Payments: what a provider captured, returned or lost, and every message it sent."""
