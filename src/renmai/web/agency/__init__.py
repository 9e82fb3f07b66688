"""The console of agencies: creators under contract, orders with the own part, earnings."""
