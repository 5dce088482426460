"""What decides, remembers and reports."""
