"""In which order one person sees people and goods, and why."""
