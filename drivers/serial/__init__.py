"""Sensors on a serial port of their own: decoders without I/O, by hand and by profile, and the drivers."""
