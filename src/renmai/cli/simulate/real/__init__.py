"""The house on PostgreSQL: real lanes, actions and sweeps, a provider that says anything, and crashes at named points."""
