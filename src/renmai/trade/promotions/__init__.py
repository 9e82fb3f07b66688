"""Promotions: coupons, drops, and what sending costs. Who pays for a discount is known before it is given."""
