"""What one sensor of a bay says, since when, and how it is (pure)."""
