"""A dimmer on a pseudo-terminal, which notes when it was asked. Usage: python slave.py NOTES

It prints the path of the port. A line of NOTES is one request: monotonic seconds, the CPU time of the process whose
number stands in NOTES.pid until then, and for how long its main thread and this process were kept waiting for a CPU.
"""

import os
import sys
import termios
import time
import tty
from pathlib import Path


def crc(data: bytes) -> bytes:
    """Modbus over serial line 1.02, section 6.2.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


class Dimmer:
    """It keeps what is written, and lets it be read."""

    def __init__(self) -> None:
        self._registers: dict[int, bytes] = {}
        self._coils: dict[int, bool] = {}

    def answer(self, request: bytes) -> bytes:
        """Args: request: without its check sum."""
        head, code, address = request[:2], request[1], int.from_bytes(request[2:4], "big")
        count = int.from_bytes(request[4:6], "big")
        if code in (3, 4):
            values = b"".join(self._registers.get(address + n, b"\0\0") for n in range(count))
            return head + bytes((len(values),)) + values
        if code in (1, 2):
            bits = sum(self._coils.get(address + n, False) << n for n in range(count))
            return head + bytes(((count + 7) // 8,)) + bits.to_bytes((count + 7) // 8, "little")
        if code == 5:
            self._coils[address] = request[4] == 0xFF
        elif code == 6:
            self._registers[address] = request[4:6]
        return request[:6]


def on_cpu_s(pid: str) -> tuple[float, float]:
    """CPU time of a main thread, and for how long it has waited for a CPU (Documentation/scheduler/sched-stats.rst)."""
    running_ns, waiting_ns, _slices = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()
    return int(running_ns) / 1e9, int(waiting_ns) / 1e9


def main() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    tty.setraw(master, termios.TCSANOW)
    print(os.ttyname(slave), flush=True)
    dimmer = Dimmer()
    waiting, pid_file, own = b"", Path(sys.argv[1] + ".pid"), str(os.getpid())
    with Path(sys.argv[1]).open("w", buffering=1) as notes:
        while True:
            waiting += os.read(master, 4096)
            while len(waiting) >= 8:
                size = 9 + waiting[6] if waiting[1] in (15, 16) else 8
                if len(waiting) < size:
                    break
                request, waiting = waiting[:size], waiting[size:]
                running_s, waiting_s = on_cpu_s(pid_file.read_text())
                notes.write(f"{time.monotonic()} {running_s} {waiting_s + on_cpu_s(own)[1]}\n")
                said = dimmer.answer(request[:-2])
                os.write(master, said + crc(said))


if __name__ == "__main__":
    main()
