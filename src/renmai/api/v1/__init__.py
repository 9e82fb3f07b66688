"""The open API, version 1: one router per noun."""
