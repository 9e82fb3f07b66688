"""Whom one's friends trust, and what stands for a person: read from orders, reviews and cases; nothing is kept here."""
