"""Samples: requested -> approved -> shipped -> signed -> done; one per creator and product in seven days."""
