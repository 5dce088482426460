"""Programs, sun, sensors and overrides -> the level of a lamp and its next change, and what drives a lamp to it."""
