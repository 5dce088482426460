"""Parking sensors that send frames on a serial port of their own."""

from typing import Literal

from drivers.options import Options, Seconds


class SerialSensor(Options, frozen=True, tag_field="kind", tag="a02"):
    """[sensor.NAME] kind = "a02": ultrasonic distance sensor of the A02 UART family (A02YYUW, SEN0311...0313).

    Args:
        silence_s: no valid frame for that long: the sensor is down.
    """

    port: str
    baud: Literal[9600, 115200] = 9600
    silence_s: Seconds = Seconds(5.0)
