"""Pages: one package per audience over the same actions and queries."""
