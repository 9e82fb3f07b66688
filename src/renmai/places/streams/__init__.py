"""Films of shows: cameras, fragments, clips."""
