"""Reviews: what a buyer said of an order."""
