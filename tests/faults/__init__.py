"""Faults on real processes: each is done under load, and then everything is counted."""
