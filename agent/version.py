"""Which lamppost this is."""

from functools import cache


@cache
def version() -> str:
    """As it is installed."""
    from importlib.metadata import version  # 20 ms on a small box, which most commands need not spend

    return version("lamppost")
