"""Documents: what the city sets by kind and name, with a validity, beside the configuration file."""
