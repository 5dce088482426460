"""Diagnosis of what keeps the uplink from working, by name: for `lamppost status`, whose names docs/operations.md
explains."""

from agent.store import StoreError
from drivers.mqtt import diagnosis
from drivers.mqtt.diagnosis import Diagnosis

NAMES = (
    *(*diagnosis.NAMES, "store", "access_refused"),
    *("unconfirmed", "confirmation_refused", "several_consumers"),
)
"""Every name there is."""


def diagnose(error: Exception) -> Diagnosis:
    """What ended a session, or kept it from beginning: what the connection knows, and the store."""
    return Diagnosis("store", str(error)) if isinstance(error, StoreError) else diagnosis.diagnose(error)
