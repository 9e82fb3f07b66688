"""Where people meet: shops with their picks."""
