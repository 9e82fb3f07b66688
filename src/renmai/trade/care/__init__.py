"""Care: what happens when something is wrong. The person who recommended it answers first."""
