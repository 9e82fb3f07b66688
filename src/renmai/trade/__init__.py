"""Trade: carts, checkout, orders with their parcels, refunds, reports."""
