"""What the sensors of a bay come to: who stands there, for how long, and when that is too long (pure)."""
