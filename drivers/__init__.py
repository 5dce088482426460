"""What touches hardware. Knows no broker, no rule and no configuration file."""
