"""Who takes part: persons, their sign-in, their roles, and the terms they have."""
