"""Carts: what a buyer means to buy, from any number of shops and suppliers."""
