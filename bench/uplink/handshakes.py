"""What a session costs the broker, plain and with TLS, when many poles come at once: its processor time for each.

Client and broker share a machine here; the broker's own time, as the kernel counts it, says what it takes on a core.
"""

import asyncio
import os
import ssl
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from broker import TLS, Broker, mosquitto, self_signed
from fleet import ANSWER_S, greet

SESSIONS, QUICK_SESSIONS, ROUNDS = 500, 100, 5


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    count = QUICK_SESSIONS if quick else SESSIONS
    trusted = ssl.create_default_context(cafile=self_signed(folder))
    report: dict[str, Any] = {"sessions_at_once": count, "rounds": ROUNDS}
    for name, more, tls in (("plain", "", None), ("tls", TLS.format(folder), trusted)):
        with mosquitto(folder, more + "max_connections -1\n") as broker:
            report[name] = await _sessions(broker, count, tls)
    return report


async def _sessions(broker: Broker, count: int, tls: ssl.SSLContext | None) -> dict[str, Any]:
    each_ms, per_s = [], []
    for _ in range(ROUNDS):
        began_s, used_s = time.monotonic(), _processor_s(broker.pid)
        await asyncio.gather(*(_come_and_go(broker.port, number, tls) for number in range(count)))
        each_ms.append((_processor_s(broker.pid) - used_s) / count * 1e3)
        per_s.append(count / (time.monotonic() - began_s))
    each = sorted(each_ms)[ROUNDS // 2]
    return {
        "broker_ms_per_session": round(each, 2),
        "sessions_per_s_on_a_core": round(1e3 / each),
        "sessions_per_s_beside_these_clients": round(sorted(per_s)[ROUNDS // 2]),
    }


async def _come_and_go(port: int, number: int, tls: ssl.SSLContext | None) -> None:
    async with asyncio.timeout(ANSWER_S * 6):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
        with closing(writer):
            await greet(reader, writer, number)


def _processor_s(pid: int) -> float:
    """User and system time (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
