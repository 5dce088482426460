"""Diagnosis of what keeps the uplink from working, by name: for `lamppost status`, whose names docs/operations.md
explains."""

from agent.store import StoreError
from drivers.mqtt import diagnosis
from drivers.mqtt.diagnosis import Diagnosis, advice_of
from drivers.mqtt.errors import PublishRefused
from drivers.mqtt.reasons import NOT_AUTHORIZED
from drivers.translation import _

NAMES = (
    *(*diagnosis.NAMES, "store", "access_refused", "nothing_retained"),
    *("unconfirmed", "confirmation_refused", "several_consumers"),
)
"""Every name there is."""


NOTHING_RETAINED = Diagnosis(
    "nothing_retained",
    _("the broker keeps nothing that is retained: who subscribes late hears no states, nor whether the pole is there"),
    _("retain_available of mosquitto, or a platform that keeps them itself"),
)
"""A broker that says so in CONNACK (MQTT 5.0, section 3.2.2.3.5). Events and commands go on."""


def access_refused(what: str, code: int | None) -> Diagnosis:
    """Why the broker, which lets the pole in, does not take its status or its states, or gives it no commands.

    Args:
        code: the reason code; None: it has given none.
    """
    advice = "" if code == NOT_AUTHORIZED else advice_of(code)
    return Diagnosis("access_refused", what, advice or _("allow it in the broker's access list"))


def of_refusal(error: PublishRefused) -> Diagnosis:
    """The same of a message."""
    return access_refused(str(error), error.code)


def diagnose(error: Exception) -> Diagnosis:
    """What ended a session, or kept it from beginning: what the connection knows, and the store."""
    return Diagnosis("store", str(error)) if isinstance(error, StoreError) else diagnosis.diagnose(error)
