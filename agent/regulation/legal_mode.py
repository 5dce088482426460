"""The two modes in which a camera may work by law."""

from typing import Literal

LegalMode = Literal["statistics", "alert"]
"""Aggregates only, or single suspected events as well, which needs an authorisation."""
