"""The way up and down: dialects, and the MQTT session that speaks them."""
