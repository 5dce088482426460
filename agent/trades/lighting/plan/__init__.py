"""What a lamp is to do, and until when: programs, the sun, presence and orders, resolved to a level (pure)."""
