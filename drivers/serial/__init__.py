"""Sensors on a serial port of their own: decoders without I/O, and the driver."""
