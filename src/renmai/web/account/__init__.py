"""Signing in and out, the second factor, pictures, health: what every audience shares."""
