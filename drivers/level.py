"""What a lamp burns at, in the words of its readings."""

from drivers.quantity import of_unit

LEVEL = "level_percent"
COLOUR = "colour_temperature_k"

PERCENT = of_unit("%")
"""The quantity of what a lamp burns at."""

FULL_PERCENT = 100.0

LOOK_S = 0.2
"""Time between two looks at a lamp on its way to a level."""
