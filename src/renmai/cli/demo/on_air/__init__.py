"""The show of the demo that is always on: its film, its people, and what they do."""
