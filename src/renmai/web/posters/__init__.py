"""Posters: one picture that says who recommends what, why, for how much, and where (a QR code of the link)."""
