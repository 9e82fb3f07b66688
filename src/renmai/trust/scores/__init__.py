"""Scores: a versioned pure function of public facts, and what it gave for whom on which day."""
