"""Decisions on suppliers and products, with evidence: who decided what, and why."""
