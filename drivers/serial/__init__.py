"""Parking sensors: sans-I/O decoders, and the ways their bytes arrive."""
