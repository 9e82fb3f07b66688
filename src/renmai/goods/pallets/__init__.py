"""Pallets: assortments that an operator or a supplier publishes, to pick from at once."""
