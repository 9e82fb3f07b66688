"""Search for buyers: people first, then goods with who recommends them, then posts."""
