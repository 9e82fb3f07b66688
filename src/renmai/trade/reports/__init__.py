"""Reports and invariants: what must always add up, and statements that re-add to the cent."""
