"""Models: fitted from signals, kept as versioned artefacts, served from one table."""
