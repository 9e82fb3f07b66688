"""The chain of the tests: the contract compiled by Vyper of an environment of its own, and anvil, a real node."""
