"""Trust: what happened between people, kept so that anyone can check it."""
