"""Plans: targeted and exclusive commissions for named creators, changes of rates, and invitations."""
