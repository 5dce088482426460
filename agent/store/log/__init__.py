"""The log: what is committed, what waits for whom, what has arrived, and what goes."""
