"""Every threshold by which a lamp is judged, with its reason."""

HOLDS_S = 300.0
"""A value speaks for the time until the next one, for so long at most: registers are read at least each minute, and
what happened in a longer silence nobody saw. Where a lamp is read seldom: three of its periods."""

DIMMING_SET_PERCENT = 5.0
DIMMING_CLEAR_PERCENT = 3.0
"""Differences between the level ordered and the one read back at which the alarm begins and ends. The widest step of
a DALI gear is 2.7 (253 -> 254 is 97.3 -> 100 %, IEC 62386-102): a gear that rounds is no failure, two steps are."""

POWER_CLEAR_SHARE = 0.7
"""A power alarm ends within this share of the tolerance, so that noise at its edge does not end it."""

LEAST_TOLERANCE_W = 2.0
"""The least tolerance of a meter in a lamp controller: a smaller deviation is the meter's own."""

GEAR_SHARE = 0.08
"""Share of the wattage that a gear may lose or save beyond the straight line from standby to full power, when it is
dimmed deeply; less the brighter it is. Where a curve was measured there is nothing to allow for."""

DARK_SHARE = 0.25
"""Share of the expected power below which the lamp gives no light; above twice as much it does. A gear without a
lamp draws well below a tenth; a lamp with half of its modules out draws about half, and that is too low, not dark."""

LEAST_JUDGED_W = 4.0
"""The least expected power that is judged: a quarter of less cannot be told from standby (0.5 W, Regulation (EU)
2019/2020)."""

STANDBY_W = 1.0
"""Whatever the lamp, it may draw that and be off: standby and the error of the meter."""

UNEXPECTED_SHARE = 0.10
"""Share of the wattage: a lamp that was told to be off and draws more is not off; the alarm ends below half of it."""

METER_S = 5.0
"""A power meter averages over seconds: a power read sooner after a change of level belongs to neither."""

CYCLES = 3
CYCLE_WINDOW_S = 3600.0
"""A discharge lamp at its end goes out and strikes again every few minutes, a loose contact more often; one going out
in an hour may be a dip of the supply. The alarm ends after an hour of steady light."""

UPTIME_SLACK_S = 2.0
"""A time since the start is told in whole seconds, and read some time after the level of the same round."""

FORGOTTEN_S = 60.0
"""A lamp that forgot its level is told it again at once; one that takes longer to obey has another fault."""

WRAP_SHARE = 0.05
"""A counter that stood in the last part of its range and stands in the first has begun at 0 again; and by so much the
clock of a controller may be wrong."""

REPORT_MINUTES = 10 * 60
"""Minutes past local midnight when a night ends: 10:00, after sunrise on every day below 62 degrees of latitude."""

UNSEEN_SHARE = 0.05
"""Share of the 24 hours: when the lamp was not seen for longer, no saving is told, for the night is not known."""

COARSE_SHARE = 0.05
"""A meter whose step is a larger part of a night at full power tells no saving."""

FASTEST_W = 5000.0
FASTEST_SHARE = 3.0
COUNTER_LATE_S = 900.0
"""Bounds of how fast a counter can move: a lamp on a pole draws at most 5 kW (or three times its wattage), and a
counter is late by one of its own steps, and by what the lamp can use in a quarter of an hour, where the controller
refreshes it seldom. A counter that moved faster was replaced or misread."""

BRIDGED_S = 900.0
"""A lamp that burned when the counts were last written has burned until the daemon is there again, for so long at most:
the time between two writings, and that of a start. Its going out would have been written while the daemon ran. A box
that was without power bridges nothing."""

CHECKPOINT_LIT_S = 600.0
CHECKPOINT_DARK_S = 3600.0
"""How often counts are written (SD cards wear), beside each time that the lamp goes on or off: a power cut loses ten
minutes of burning at most, a daemon that was killed nothing."""
