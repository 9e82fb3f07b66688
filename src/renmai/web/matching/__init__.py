"""What people see of matching: reasons in words, what is known of them, and what was shown."""
