"""What counts as trust. Somebody trusts a person who bought there again, or who was content and had to have nothing put right."""

from __future__ import annotations

from datetime import timedelta

# Bought again: two orders that arrived, placed at least a day apart (one basket in two parts is one purchase).
AGAIN_AFTER = timedelta(days=1)
# Content: a review of an order that arrived, with at least this score of five.
GOOD_SCORE = 4
# Of these states of cases the buyer was right. Sending back without a reason says nothing about the seller.
UPHELD = ("refunded", "replaced")
NO_FAULT = "withdrawal"
# How far back is looked: a constant amount of work, however much somebody buys or sells.
FRIENDS_MAX, ORDERS_MAX = 100, 50
REVIEWS_MAX, CASES_MAX = 1_000, 200
