"""Terms a person or firm has: subject, term, value, reason, version. Lower rooms read them; wiring writes them."""
