"""What a hostile broker costs a pole: both edges, both protocols. Prints JSON.

A row is one attack on a daemon that has just been started: the longest time in which its lamp, which is polled five
times a second, was not asked, from the attack on until a good message was answered, the same without the time for which
others had the CPUs, and before the attack; the CPU time of the daemon between two polls; memory over that of the idle
daemon; what became of the connection; and how long it took until the next good message was answered.

  .venv/bin/python bench/hostile [--only ATTACK,...] [--edges uplink,lorawan] [--protocols 5,3.1.1] [--tls]
      [--seconds 5] [--python PYTHON]
"""

import argparse
import json
import queue
import ssl
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
from hostile.attacks import ATTACKS, INSTEAD_OF_CONNACK, SLOW, UNREAD, Edge
from hostile.broker import Attack, Broker, good_message
from hostile.packets import FRAMES, TOPIC
from hostile.pole import Pole
from standing import stands_on
from uplink.broker import self_signed

LIMITS = {"gap_own_s": 0.3, "rss_mb": 8.0}
IDLE_S = 2.5
ANSWER_S = 90.0
PATIENCE_S = 120.0
GOOD = 900_000
"""The numbers of good messages begin here."""


def command(n: int) -> bytes:
    return json.dumps({"id": f"c-{n}", "device": "lamp-1", "action": "release"}).encode()


def frame(n: int) -> bytes:
    """A frame that flips its bay: the other one's, from GOOD on."""
    data = "AQ==" if n % 2 else "AA=="
    event = {
        "deviceInfo": {"devEui": f"70b3d5a1c0de000{2 if n >= GOOD else 1}"},
        "fPort": 1,
        "fCnt": n,
        "data": data,
        "devAddr": "01020304",
    }
    return json.dumps(event).encode()


def row(name: str, edge: Edge, seconds: float, python: str, context: ssl.SSLContext | None, ca: str) -> dict[str, Any]:
    pieces = ATTACKS[name](edge)
    attack = Attack(
        pieces,
        seconds,
        "CONNACK" if name in INSTEAD_OF_CONNACK else "SUBACK",
        reads=name not in UNREAD,
        drips=name in SLOW,
    )
    is_uplink = edge.name == "uplink"
    other = Edge("uplink", "5", TOPIC, command) if not is_uplink else Edge("lorawan", "5", FRAMES, frame)
    # It attacks once the idle daemon has been weighed.
    hostile, good = Broker(edge, context), Broker(other)
    city = hostile if is_uplink else good
    tls = f'[uplink.tls]\nca_file = "{ca}"' if context else ""
    values = {
        "uplink": city.port,
        "uplink_protocol": edge.protocol if is_uplink else "5",
        "uplink_tls": tls if is_uplink else "",
        "network": (good if is_uplink else hostile).port,
        "network_protocol": "5" if is_uplink else edge.protocol,
        "network_tls": tls.replace("uplink", "lorawan.town") if not is_uplink else "",
    }
    with tempfile.TemporaryDirectory() as folder, Pole(Path(folder), python, **values).running() as pole:
        if not (hostile.subscribed.wait(30) and good.subscribed.wait(30)):
            raise SystemExit(f"the daemon did not come up:\n{pole.words}")
        idle_s = time.monotonic()
        time.sleep(IDLE_S)
        idle_mb, idle_gap_s = pole.rss_mb(), pole.gap_s(idle_s)
        pole.forget_peak()
        began_s = time.monotonic()
        hostile.begin(attack)
        if not hostile.attack_over.wait(PATIENCE_S):
            raise SystemExit(f"{name}: it never came to its end")
        over_s = time.monotonic()
        recovered_s = _recovered(hostile, city, edge)
        own_gap_s, cpu_s = pole.own_gap_s(began_s)
        found = {
            "attack": name,
            "edge": edge.name,
            "protocol": edge.protocol + (" TLS" if context else ""),
            "gap_s": round(pole.gap_s(began_s), 3),
            "gap_own_s": round(own_gap_s, 3),
            "cpu_between_polls_s": round(cpu_s, 3),
            "gap_idle_s": round(idle_gap_s, 3),
            "rss_mb": round(max(pole.rss_mb(peak=True) - idle_mb, 0.0), 1),
            "sent_mb": round(hostile.sent_bytes / 1e6, 2),
            "lasted_s": round(over_s - began_s, 1),
            "outcome": ("connection ended" if hostile.connections > 1 else "connection stays")
            if pole.alive
            else "the daemon died",
            "next_good_s": None if recovered_s is None else round(recovered_s, 1),
        }
        hostile.close()
        good.close()
        if not pole.alive or recovered_s is None or "Traceback" in pole.words:
            sys.stderr.write(pole.words[:4000])
    return found


def _recovered(hostile: Broker, city: Broker, edge: Edge) -> float | None:
    """How long it takes until a good message comes to something, seconds; None: too long."""
    began_s, n = time.monotonic(), GOOD
    while time.monotonic() - began_s < ANSWER_S:
        n += 1
        while not city.told.empty():
            city.told.get()
        hostile.say(good_message(edge, n))
        wanted = f"c-{n}".encode() if edge.name == "uplink" else b"bay-2"
        until_s = time.monotonic() + 1.0
        while (left_s := until_s - time.monotonic()) > 0:
            try:
                if wanted in city.told.get(timeout=left_s):
                    return time.monotonic() - began_s
            except queue.Empty:
                break
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(ATTACKS))
    parser.add_argument("--edges", default="uplink,lorawan")
    parser.add_argument("--protocols", default="5,3.1.1")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each attack")
    parser.add_argument("--python", default=sys.executable, help="that has lamppost")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        context, ca = None, ""
        if arguments.tls:
            ca = str(self_signed(Path(folder)))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(ca, str(Path(folder) / "broker.key"))
        for name in arguments.only.split(","):
            for which in arguments.edges.split(","):
                for protocol in arguments.protocols.split(","):
                    topic, good = (TOPIC, command) if which == "uplink" else (FRAMES, frame)
                    edge = Edge(which, protocol, topic, good)
                    rows.append(row(name, edge, arguments.seconds, arguments.python, context, ca))
                    sys.stderr.write(json.dumps(rows[-1]) + "\n")
    bad = [
        row
        for row in rows
        if row["gap_own_s"] > LIMITS["gap_own_s"] or row["rss_mb"] > LIMITS["rss_mb"] or row["next_good_s"] is None
    ]
    print(json.dumps({"stands_on": stands_on(), "limits": LIMITS, "rows": rows, "beyond": bad}, indent=2))


if __name__ == "__main__":
    main()
