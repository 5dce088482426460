"""Why a device could not do what was asked. Every message speaks to a technician: what, where, what to do."""

from drivers.printable import printable


class DeviceError(Exception):
    """A device that is down, silent or refusing; the rest of the pole goes on without it.

    Args:
        device: name of the device in the configuration ("lamp-3").
        what: what is wrong and where ("unit 3 on line rs485 did not answer in 300 ms").
        hint: what the technician can do about it ("check wiring A/B and the unit number").

    What cannot be printed in either is escaped: it may be the words of the device, or of whoever sits in its place.
    """

    def __init__(self, device: str, what: str, hint: str = "") -> None:
        self.device = device
        self.what = printable(what)
        self.hint = printable(hint)
        super().__init__(f"{device}: {self.words}")

    @property
    def words(self) -> str:
        """What is wrong and what to do, without the name of the device."""
        return f"{self.what} ({self.hint})" if self.hint else self.what


class CredentialsError(Exception):
    """Why it is not even tried to connect, in words for a technician."""


class LineError(DeviceError):
    """The serial port or the TCP link itself is missing or lost."""


class AccessRefused(LineError):
    """The other side answers and refuses access: asking again soon would only look like an attack."""


class NoAnswer(DeviceError):
    """The device did not answer in time."""


class BadAnswer(DeviceError):
    """Bytes came, but not an answer to this request: checksum, unit, function or length is wrong."""


class Refused(DeviceError):
    """The device answered that it will not: a Modbus exception, a value out of range.

    Args:
        code: the Modbus exception code (Modbus Application Protocol V1.1b3, section 7), 0 where there is none.
    """

    def __init__(self, device: str, what: str, hint: str = "", code: int = 0) -> None:
        super().__init__(device, what, hint)
        self.code = code
