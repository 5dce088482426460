"""Asking what hangs on a line: which units answer and what they are, and what a device says now."""
