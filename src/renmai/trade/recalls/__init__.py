"""What a recall means for carts, drops and orders: taken out, cancelled, refunded, and everyone concerned told."""
