"""Rate limits, counted in PostgreSQL so that they hold across processes."""
