"""Nobody innocent is accused: a street with its own truth, all that may go wrong in it, and what the pole tells."""
