"""TOML -> tables -> frozen typed structs. Errors name file, line, key, what was expected, and the nearest known key."""
