"""A month of a station for those who decide over the town: its hours, what they come to, and its picture."""
