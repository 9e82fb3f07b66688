"""Messages: what a person and a shop write to each other. Shops are known only as ids, and by the grants of their people."""
