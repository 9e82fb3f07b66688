"""Pages of the buyer."""
