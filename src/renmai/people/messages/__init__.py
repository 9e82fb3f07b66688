"""Messages between a person and a shop: whoever may answer for the shop reads and writes its side."""
