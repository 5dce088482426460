"""What stands in the file, and where each uplink is in it: the schema, its rows, and what is asked of them."""
