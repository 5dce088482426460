"""Bays: what sensors and cameras say -> states -> stays -> events, by the local order."""
