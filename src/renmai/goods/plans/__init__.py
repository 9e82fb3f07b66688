"""Plans: what a supplier offers to everybody (open), to named creators besides (targeted) or to them alone (exclusive)."""
