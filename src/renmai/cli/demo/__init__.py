"""The demo world: its content as data, its pictures as code, and what writes both into an empty house."""
