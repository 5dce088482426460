"""The trades of a pole: one folder each; none knows another."""
