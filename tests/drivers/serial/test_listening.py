"""A serial port of a sensor's own that does not open."""

import asyncio
import errno

import pytest
import serial

from drivers.errors import LineError
from drivers.serial.listening import Framing, opened


@pytest.mark.parametrize(
    ("code", "what", "hint"),
    [
        (errno.EINVAL, "its driver does not take 115200 baud 8E2", "check baud, parity and stop bits"),
        (errno.ENOENT, "serial port /dev/ttyX does not exist", "plug the adapter in"),
        (errno.EACCES, "may not be opened by this user", "dialout"),
    ],
)
def test_it_is_said_what_is_wrong_and_what_to_look_at(
    monkeypatch: pytest.MonkeyPatch, code: int, what: str, hint: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "x")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(LineError) as caught:
        asyncio.run(opened("dust", "/dev/ttyX", Framing(115200, "E", 2), lambda _: None))
    assert what in caught.value.what
    assert hint in caught.value.hint
