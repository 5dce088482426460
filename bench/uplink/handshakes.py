"""What a session costs the broker, plain and with TLS, when many poles come at once: its processor time for each.

Client and broker share a machine here; the broker's own time, as the kernel counts it, says what it takes on a core.
"""

import asyncio
import os
import ssl
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from broker import Broker, mosquitto
from fleet import ANSWER_S, greet

SESSIONS, QUICK_SESSIONS, ROUNDS = 500, 100, 5
_TLS = "cafile {0}/broker.pem\ncertfile {0}/broker.pem\nkeyfile {0}/broker.key\n"


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    count = QUICK_SESSIONS if quick else SESSIONS
    _self_signed(folder)
    trusted = ssl.create_default_context(cafile=folder / "broker.pem")
    report: dict[str, Any] = {"sessions_at_once": count, "rounds": ROUNDS}
    for name, more, tls in (("plain", "", None), ("tls", _TLS.format(folder), trusted)):
        with mosquitto(folder, more + "max_connections -1\n") as broker:
            report[name] = await _sessions(broker, count, tls)
    return report


def _self_signed(folder: Path) -> None:
    """A certificate for this machine with a key on P-256, as is usual."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout broker.key -out broker.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    # As root, mosquitto reads it as a user of its own.
    folder.chmod(0o755)
    (folder / "broker.key").chmod(0o644)


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
