"""Stays seen by the camera -> statistics or suspected events, by the legal mode."""
