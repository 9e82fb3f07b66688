"""Stripe: cards by Checkout, refunds, transfers to connected accounts (Connect), disputes, the balance report."""
