"""Meters: what they measure, and what of it is an alarm."""
