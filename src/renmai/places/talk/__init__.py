"""What is said and what happens in a live room, in order."""
