"""What happens to the safety of the pole: refused, tried, changed, replaced."""

from typing import Annotated, Literal

from msgspec import Meta

from agent.events import SECURITY_EVENT, Data, Priority
from agent.events.registry import Count, event_type

CommandRefusal = Literal[
    "unsigned",
    "unverifiable",
    "remote_control_off",
    "pole_actions_off",
    "other_pole",
    "retained",
    "malformed",
    "duplicate_keys",
    "too_long",
    "foreign_response_topic",
    "too_many",
]
"""Why a command was not even accepted."""

Lock = Literal["command_key"]
"""What somebody without the right key may try to open: "command_key": the pole's own actions."""

SealedPart = Literal["ca_file", "certificate_file", "key_file"]

_Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]

# Alarms: what an attacker has filled the store with shall not push the trace of him out; a token bucket bounds them.
_PRIORITY = Priority.ALARM


class SecurityData(Data, frozen=True, kw_only=True):
    """What happened.

    Args:
        held_back: of this kind, since the one before: told by this one alone, to spare the store and the network.
    """

    held_back: Count = 0


@event_type(SECURITY_EVENT, priority=_PRIORITY)
class CommandRefused(SecurityData, frozen=True, kw_only=True, tag_field="kind", tag="command_refused"):
    """A command was not accepted, for who sent it or how.

    Args:
        reason: "unsigned": it has no signature, and the pole, or what it would change, asks for one; "unverifiable":
            this box lacks what verifies one; "remote_control_off", "pole_actions_off": [uplink] commands; "other_pole":
            it is meant for another one.
        command_id: as in its outcome; null: none could be read.
    """

    reason: CommandRefusal
    command_id: str | None


@event_type(SECURITY_EVENT, priority=_PRIORITY)
class UnlockingFailed(SecurityData, frozen=True, kw_only=True, tag_field="kind", tag="unlocking_failed"):
    """Somebody tried to open something with a key that is not the right one.

    Args:
        lock: "command_key": an action of the pole itself, with a signature that is not of the key under [uplink].
        command_id: of the command with which he tried; null: it was none.
    """

    lock: Lock
    command_id: str | None = None


@event_type(SECURITY_EVENT, priority=_PRIORITY)
class ConfigurationEdited(SecurityData, frozen=True, kw_only=True, tag_field="kind", tag="configuration_changed"):
    """A file of the configuration is another than at the last start or reload.

    Args:
        file: path on the pole.
        sha256: of its bytes; null: there is no such file any more, or it cannot be read.
        previous_sha256: of those it had before; null: there was none.
    """

    file: str
    sha256: _Digest | None
    previous_sha256: _Digest | None


@event_type(SECURITY_EVENT, priority=_PRIORITY)
class CertificateChanged(SecurityData, frozen=True, kw_only=True, tag_field="kind", tag="certificate_changed"):
    """A certificate, a key or an authority of a connection is another.

    Args:
        table: of the configuration that names it: "uplink", "lorawan.NAME".
        part: its key there.
        file: path on the pole; null: none is named any more.
    """

    table: str
    part: SealedPart
    file: str | None


@event_type(SECURITY_EVENT, priority=_PRIORITY)
class SoftwareReplaced(SecurityData, frozen=True, kw_only=True, tag_field="kind", tag="software_replaced"):
    """The files of lamppost are others than at the last start, and that was no update.

    Args:
        reason: "same_version": other files under the same version; "older_version": it went back.
        version, sha256: of what runs now.
    """

    reason: Literal["same_version", "older_version"]
    version: str
    previous_version: str
    sha256: _Digest
    previous_sha256: _Digest


@event_type(SECURITY_EVENT, priority=_PRIORITY)
class LocalClientRefused(SecurityData, frozen=True, kw_only=True, tag_field="kind", tag="local_client_refused"):
    """Somebody on this box was refused at the local socket.

    Args:
        reason: "not_permitted": this user may not ask that; "too_many": as many as may be are connected;
            "no_question": he sent something else.
        uid: his number; null: the kernel does not tell.
    """

    reason: Literal["not_permitted", "too_many", "no_question"]
    uid: Count | None
