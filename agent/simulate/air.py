"""The sensors of a pole that measures the air, at the far end of their cables: frames as each maker has them.

Layouts: the profiles in drivers/profiles/serial, and the manuals that they name.
"""

import math
import struct
from collections.abc import Callable

SMOKE_S = 45.0
"""Somebody burns leaves for so long."""

FLOOD_S = (10.0, 22.0)
"""The water stands high in the gully from then until then."""

OPEN_S = (25.0, 32.0)
"""The door of the cabinet stands open from then until then."""

DOOR = 17
"""Line of the chip."""

Says = Callable[[float, bytes], bytes]
"""What a sensor sends: seconds since the scene began, and what it was told since it was asked last."""

ASK_SPS30, ASK_SPS30_STATUS = bytes.fromhex("7e000300fc7e"), bytes.fromhex("7e00d201002c7e")
ASK_MHZ19B = bytes.fromhex("ff0186000000000079")

STUFFED = {each: bytes((0x7D, each ^ 0x20)) for each in b"\x7e\x7d\x11\x13"}
"""What stands in a frame of SHDLC for bytes that mean something there."""


def pm2_5(at_s: float) -> float:
    """Particles up to 2.5 micrometres, ug/m3."""
    return 12.0 + 3.0 * math.sin(at_s / 7) + (65.0 if at_s < SMOKE_S else 0.0)


def sds011(at_s: float, heard: bytes) -> bytes:
    """Nova SDS011: it speaks by itself."""
    tenths = [round(10 * each) for each in (pm2_5(at_s), 1.6 * pm2_5(at_s))]
    data = struct.pack("<HH", *tenths) + b"\xab\xcd"
    return b"\xaa\xc0" + data + bytes((sum(data) % 256,)) + b"\xab"


def pms5003t(at_s: float, heard: bytes) -> bytes:
    """Plantower PMS5003T: particles in whole ug/m3, temperature and humidity in tenths."""
    fine, humidity = round(pm2_5(at_s)), 68.0 + 12.0 * math.sin(at_s / 20)
    sizes = (round(0.6 * fine), fine, round(1.6 * fine))
    words = (28, *sizes, *sizes, 40 * fine, 12 * fine, 3 * fine, fine, 183, round(10 * humidity), 0x9A00)
    frame = b"BM" + struct.pack(">14H", *words)
    return frame + struct.pack(">H", sum(frame))


def sps30(at_s: float, heard: bytes) -> bytes:
    """Sensirion SPS30 on SHDLC: it answers."""
    fine = pm2_5(at_s)
    figures = (0.7 * fine, fine, 1.3 * fine, 1.5 * fine, *(each * fine for each in (5, 7, 7.4, 7.5, 7.6)), 0.6)
    said = b"" if ASK_SPS30 not in heard else _shdlc(b"\x00\x03\x00\x28" + struct.pack(">10f", *figures))
    return said + (b"" if ASK_SPS30_STATUS not in heard else _shdlc(b"\x00\xd2\x00\x05" + bytes(5)))


def _shdlc(content: bytes) -> bytes:
    """A frame with its check, and stuffed."""
    checked = content + bytes((~sum(content) & 0xFF,))
    stuffed = b"".join(STUFFED.get(each, bytes((each,))) for each in checked)
    return b"\x7e" + stuffed + b"\x7e"


def mhz19b(at_s: float, heard: bytes) -> bytes:
    """Winsen MH-Z19B: it answers."""
    ppm = round(430 + 15 * math.sin(at_s / 11))
    body = b"\x86" + struct.pack(">H", ppm) + bytes(4)
    return b"" if ASK_MHZ19B not in heard else b"\xff" + body + bytes((-sum(body) & 0xFF,))


def mb7389(at_s: float, heard: bytes) -> bytes:
    """MaxBotix MB7389: millimetres down to the water."""
    is_high = FLOOD_S[0] <= at_s < FLOOD_S[1]
    return f"R{480 if is_high else 1400 + round(8 * math.sin(at_s)):04d}\r".encode()


def is_door_open(at_s: float) -> bool:
    return OPEN_S[0] <= at_s < OPEN_S[1]


SENSORS: dict[str, Says] = {
    "/dev/serial0": sds011,
    "/dev/ttyAMA2": pms5003t,
    "/dev/ttyAMA3": sps30,
    "/dev/ttyAMA4": mhz19b,
    "/dev/ttyAMA5": mb7389,
}
"""What is connected where, by the ports of the sample."""
