"""A lamp is told its level, and what it shows is told on."""
