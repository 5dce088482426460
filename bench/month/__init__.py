"""A simulated month of a street's bays: what happens, what sensors make of it, a pole that is killed, and the judge."""
