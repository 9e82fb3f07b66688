"""Money: what was paid, whose it is, and what was handed out. Orders are only opaque subjects here."""
