"""What decides, remembers and reports."""

__version__ = "0.1.0"

SUPPORT_YEARS = 5
"""Years from the first release of lamppost on in which security faults are mended, and it is told of them."""
