"""What people showed of their taste: looks, carts, orders, refunds, follows, picks, declines."""
