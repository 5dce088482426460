"""Figures over a time: what a counter gained, and what readings come to over hours, days and windows of any length."""
