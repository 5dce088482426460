"""Stations: air, noise, weather: what their readings come to over time, and what of it is beyond a threshold."""
