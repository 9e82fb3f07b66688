"""Suppliers: who brings goods. A supplier needs no shop."""
