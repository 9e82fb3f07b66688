"""Orders and parcels: from placed to paid, shipped, received, and refunded."""
