"""What was shown to whom, at which place of which list, and what came of it; and experiments between two rankers."""
