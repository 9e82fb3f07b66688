"""What is sold: suppliers, products with stock and price bands, and their screening."""
