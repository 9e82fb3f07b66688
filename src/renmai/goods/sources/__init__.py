"""Sources: which supplier serves new orders of the same goods, chosen by hand or by rule."""
