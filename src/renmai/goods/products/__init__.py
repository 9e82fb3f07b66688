"""Products, their variants (sku), stock, price bands and pictures."""
