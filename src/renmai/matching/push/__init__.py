"""New goods to the creators they fit: inbox, answers, and what suppliers see of it."""
