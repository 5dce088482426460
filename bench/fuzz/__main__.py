"""Any bytes at every edge, for as long as one likes. Prints JSON: executions per second and findings.

An edge runs in a process of its own. With atheris installed (pip install atheris: wheels for amd64) it is guided by
coverage; without it, right inputs are changed at random. What was found is kept in the folder, as the input itself.

  .venv/bin/python bench/fuzz [--only uplink,lorawan,...] [--seconds 3600] [--folder FOLDER] [--engine mutation]
      [--at-once 20]
"""

import argparse
import importlib
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).parents[1]))
from fuzz import seeds
from fuzz.mutation import mutated
from standing import stands_on

MOST_FINDINGS = 20


class Edge(NamedTuple):
    """
    Args:
        target: "module:function", which makes what takes an input, and raises what no input may bring about.
        seeds: makes inputs that are right.
        covers: packages whose coverage guides.
        arguments: of the function.
    """

    target: str
    seeds: Callable[[], list[bytes]]
    covers: tuple[str, ...]
    arguments: tuple[str, ...] = ()

    def made(self) -> Callable[[bytes], None]:
        module, _, function = self.target.partition(":")
        made: Callable[[bytes], None] = getattr(importlib.import_module(module), function)(*self.arguments)
        return made


def _late(name: str) -> Callable[[], list[bytes]]:
    """Finds seeds when they are asked for: what they import is not seen by atheris any more."""
    module, _, function = name.partition(":")

    def found() -> list[bytes]:
        made: list[bytes] = getattr(importlib.import_module(module), function)()
        return made

    return found


MQTT = ("drivers.mqtt", "paho.mqtt", "aiomqtt")
COMMANDS = ("agent.uplink.commands", "agent.uplink.canonical")
TOML = ("tomllib", "agent.config", "agent.configuration")


EDGES = {
    "uplink-5": Edge("fuzz.brokers:of_the_uplink", partial(seeds.of_uplink, True), (*MQTT, *COMMANDS), ("5",)),
    "uplink-3.1.1": Edge("fuzz.brokers:of_the_uplink", partial(seeds.of_uplink, False), (*MQTT, *COMMANDS), ("3.1.1",)),
    "lorawan-5": Edge("fuzz.brokers:of_lorawan", partial(seeds.of_lorawan, True), (*MQTT, "drivers.lorawan"), ("5",)),
    "lorawan-3.1.1": Edge(
        "fuzz.brokers:of_lorawan", partial(seeds.of_lorawan, False), (*MQTT, "drivers.lorawan"), ("3.1.1",)
    ),
    "command": Edge("fuzz.command:command", seeds.of_command, COMMANDS),
    "document": Edge(
        "fuzz.command:document",
        seeds.of_document,
        (*COMMANDS, "agent.documents", "agent.config", "agent.calendars", "agent.regulation", "agent.trades.parking"),
    ),
    "configuration-from-afar": Edge("fuzz.command:configuration", seeds.of_configuration_from_afar, (*COMMANDS, *TOML)),
    "console": Edge("fuzz.console:target", seeds.of_console, ("agent.console",)),
    "camera-lines": Edge("fuzz.camera:lines", seeds.of_camera_lines, ("drivers.camera",)),
    "rtsp": Edge("fuzz.camera:rtsp", seeds.of_rtsp, ("drivers.camera.rtsp",)),
    "rtsp-relay": Edge("fuzz.camera:relay", seeds.of_rtsp_relay, ("drivers.camera.rtsp",)),
    "rtsp-pictures": Edge("fuzz.camera:key_pictures", seeds.of_rtsp_pictures, ("drivers.camera.rtsp",)),
    "modbus": Edge("fuzz.wires:modbus", seeds.of_modbus, ("drivers.line", "drivers.modbus", "drivers.profile")),
    "serial": Edge("fuzz.wires:serial", seeds.of_serial, ("drivers.serial",)),
    "line-of-others": Edge("fuzz.ear:target", _late("fuzz.ear:seeds"), ("drivers.line",)),
    "codecs": Edge(
        "fuzz.wires:codecs",
        lambda: seeds.of_codecs() + _late("fuzz.town_seeds:of_codecs")(),
        ("drivers.lorawan.codecs", "drivers.lorawan.profile"),
    ),
    "network-servers": Edge("fuzz.town:servers", _late("fuzz.town_seeds:of_network_servers"), ("drivers.lorawan",)),
    "sensor-profile": Edge(
        "fuzz.town:profile", _late("fuzz.town_seeds:of_sensor_profile"), ("drivers.lorawan.profile", "tomllib")
    ),
    "calendar": Edge("fuzz.town:calendar", _late("fuzz.town_seeds:of_calendar"), ("agent.calendars",)),
    "configuration": Edge("fuzz.files:configuration", seeds.of_configuration, TOML),
    "rules": Edge("fuzz.files:rules", seeds.of_rules, (*TOML, "agent.trades")),
    "profile": Edge("fuzz.files:profile", seeds.of_profile, ("drivers.profile", "tomllib")),
    "manifest": Edge("fuzz.files:manifest", seeds.of_manifest, ("drivers.camera.models", "tomllib")),
    "password": Edge("fuzz.files:password", seeds.of_password, ("drivers.password",)),
    "certificate": Edge("fuzz.files:certificate", seeds.of_certificate, ("drivers.mqtt.certificate",)),
}
"""Whatever takes bytes that somebody else has made."""


def by_mutation(name: str, seconds: float, folder: Path, seed: int) -> dict[str, Any]:
    """Runs for so long, or until there are MOST_FINDINGS."""
    edge = EDGES[name]
    one, corpus, draw = edge.made(), edge.seeds(), random.Random(seed)
    for each in corpus:
        one(each)
    found: dict[str, str] = {}
    began_s, count, longest_s = time.monotonic(), 0, 0.0
    while (at_s := time.monotonic()) - began_s < seconds and len(found) < MOST_FINDINGS:
        data = mutated(draw, corpus)
        try:
            one(data)
        except Exception:
            words = traceback.format_exc()
            found.setdefault(words, _keep(folder, name, data))
        count += 1
        longest_s = max(longest_s, time.monotonic() - at_s)
    spent_s = time.monotonic() - began_s
    return {
        "engine": "mutation",
        "executions": count,
        "per_second": round(count / spent_s),
        "seconds": round(spent_s),
        "longest_ms": round(1000 * longest_s, 1),
        "findings": [{"input": file, "words": words} for words, file in found.items()],
    }


def by_coverage(name: str, seconds: float, folder: Path, seed: int) -> dict[str, Any]:
    """The same by atheris, in a process that ends with the first finding."""
    corpus = folder / f"corpus-{name}"
    corpus.mkdir(parents=True, exist_ok=True)
    for n, each in enumerate(EDGES[name].seeds()):
        (corpus / f"seed-{n}").write_bytes(each)
    command = [sys.executable, __file__, "--atheris", name, str(corpus), f"-max_total_time={round(seconds)}"]
    command += [f"-seed={seed}", "-print_final_stats=1", "-timeout=60", "-rss_limit_mb=1000", "-max_len=32768"]
    command += [f"-artifact_prefix={folder}/{name}-"]
    began_s = time.monotonic()
    status, said, cpu_s = _ran(command)
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", said))
    covered = re.findall(r"cov: (\d+)", said)
    executions = int(stats.get("number_of_executed_units", 0))
    return {
        "engine": "atheris",
        "executions": executions,
        "per_second": int(stats.get("average_exec_per_sec", 0)),
        "per_cpu_second": round(executions / cpu_s),
        "seconds": round(time.monotonic() - began_s),
        "cpu_s": round(cpu_s),
        "coverage": int(covered[-1]) if covered else None,
        "peak_rss_mb": int(stats.get("peak_rss_mb", 0)),
        "findings": [{"words": said[-5000:]}] if status else [],
    }


def _ran(command: list[str]) -> tuple[int, str, float]:
    """Returns exit status, all that was said, and seconds of CPU time."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, said.read().decode(errors="replace"), used.ru_utime + used.ru_stime


def under_atheris(name: str, arguments: list[str]) -> None:
    """Runs until atheris ends the process."""
    import atheris

    with atheris.instrument_imports(include=list(EDGES[name].covers)):
        one = EDGES[name].made()
    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def _keep(folder: Path, name: str, data: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{abs(hash(data)):x}"
    file.write_bytes(data)
    return str(file)


def main() -> None:
    if sys.argv[1:2] == ["--atheris"]:
        under_atheris(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(EDGES))
    parser.add_argument("--seconds", type=float, default=3600.0, help="of each edge")
    parser.add_argument("--folder", type=Path, default=None, help="for what was found; otherwise a new one")
    parser.add_argument("--at-once", type=int, default=1, help="edges, with atheris")
    parser.add_argument("--engine", choices=("atheris", "mutation"), default=None)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2), "big") + 1)
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="fuzz-"))
    guided = arguments.engine == "atheris" or (arguments.engine is None and importlib.util.find_spec("atheris"))
    run = by_coverage if guided else by_mutation
    names = arguments.only.split(",")
    # In processes of their own, which threads wait for.
    with ThreadPoolExecutor(arguments.at_once if guided else 1) as pool:
        ran = pool.map(lambda name: run(name, arguments.seconds, folder, arguments.seed), names)
        edges = dict(zip(names, ran, strict=True))
    print(json.dumps({"stands_on": stands_on(), "seed": arguments.seed, "edges": edges}, indent=2))
    if any(edge["findings"] for edge in edges.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
