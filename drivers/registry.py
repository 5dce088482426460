"""One line per kind of device."""

from drivers.parking.serial import SerialSensor

SensorOptions = SerialSensor
"""Every kind of [sensor.NAME]: a union, told apart by `kind`."""
