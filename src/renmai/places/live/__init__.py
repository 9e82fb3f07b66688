"""Shows: planned, on, over; their run-of-show and what is being explained."""
