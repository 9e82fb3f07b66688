"""Settlement: executing due splits."""
