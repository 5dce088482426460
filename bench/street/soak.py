"""The camera process on a real RTSP stream whose server is killed (SIGKILL) and frozen (SIGSTOP) at random.

Each trouble lasts 0.5 to 20 s, with 15 to 45 s of peace between. `recovered_s` is from the moment the server is there
again to the moment the camera process says that pictures come; a trouble that was over before the camera process took
notice has none. Every sample and trouble is written as one JSON a line while it runs.
"""

import json
import random
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from drivers.camera.ipc import ALIVE_S
from drivers.camera.options import CameraOptions, ZoneShape
from street.peer import Server
from street.process import CameraProcess

WARM_S = 120.0
"""The memory is compared with what it was after so long: by then every path has been taken once."""

SAMPLE_S = 10.0
PATIENCE_S = 60.0

Note = Callable[[dict[str, Any]], None]


def soak(
    clip: Path, zones: Mapping[str, ZoneShape], picture: tuple[int, int], seconds: float, note: Note
) -> dict[str, Any]:
    chance = random.Random(5)
    samples: list[float] = []
    troubles: list[dict[str, Any]] = []
    with Server(clip) as server:
        options = CameraOptions(source=server.url, picture=picture)
        with CameraProcess(options, zones) as camera:
            began_s = time.monotonic()

            def rest(length_s: float) -> None:
                until_s = time.monotonic() + length_s
                while (left_s := until_s - time.monotonic()) > 0:
                    time.sleep(min(SAMPLE_S, left_s))
                    sample = _sample(camera, began_s)
                    if sample["at_s"] >= min(WARM_S, seconds / 4):
                        samples.append(sample["rss_mb"])
                    note(sample)

            while time.monotonic() - began_s < seconds:
                rest(chance.uniform(15, 45))
                trouble = _trouble(server, camera, chance, began_s)
                troubles.append(trouble)
                note(trouble)
            return _told(samples, troubles, _sample(camera, began_s))


def _sample(camera: CameraProcess, began_s: float) -> dict[str, Any]:
    last = camera.alive[-1]
    return {
        "at_s": round(time.monotonic() - began_s, 1),
        "rss_mb": round(camera.rss_mb, 2),
        "cpu_s": round(camera.cpu_s, 2),
        "threads": camera.threads,
        "condition": last.condition,
        "analysed": last.analysed,
        "dropped": last.dropped,
    }


def _trouble(server: Server, camera: CameraProcess, chance: random.Random, began_s: float) -> dict[str, Any]:
    kind = chance.choice(("killed", "frozen"))
    for_s = chance.uniform(0.5, 20.0)
    at_s, analysed = time.monotonic(), camera.alive[-1].analysed
    server.kill() if kind == "killed" else server.freeze()
    time.sleep(for_s)
    server.start() if kind == "killed" else server.thaw()
    back_s = time.monotonic()
    lost = camera.heard(at_s, pictures=False, within_s=0.5)
    well = camera.heard(lost.at_s if lost else back_s, pictures=True, within_s=PATIENCE_S)
    if lost and well and well.at_s < back_s:  # the server had answered before it said so
        well = camera.heard(back_s, pictures=True, within_s=ALIVE_S + 1)
    again = camera.heard(back_s + ALIVE_S, pictures=True, within_s=PATIENCE_S)
    return {
        "trouble": kind,
        "at_s": round(at_s - began_s, 1),
        "for_s": round(back_s - at_s, 1),
        "noticed_after_s": round(lost.at_s - at_s, 1) if lost else None,
        "recovered_s": round(max(0.0, well.at_s - back_s), 1) if lost and well else None,
        "goes_on": bool(well and again and again.analysed > analysed),
    }


def _told(samples: list[float], troubles: list[dict[str, Any]], last: dict[str, Any]) -> dict[str, Any]:
    quarter = max(1, len(samples) // 4)
    early, late = statistics.median(samples[:quarter]), statistics.median(samples[-quarter:])
    recovered = [one["recovered_s"] for one in troubles if one["recovered_s"] is not None]
    return {
        "seconds": last["at_s"],
        "killed": sum(one["trouble"] == "killed" for one in troubles),
        "frozen": sum(one["trouble"] == "frozen" for one in troubles),
        "noticed": len(recovered),
        "always_went_on": all(one["goes_on"] for one in troubles),
        "recovered_s": {"median": statistics.median(recovered), "largest": max(recovered)} if recovered else None,
        "rss_mb": {"first_quarter": early, "last_quarter": late, "largest": max(samples)},
        "rss_growth": round(late / early - 1, 4),
        "cpu_percent": round(100 * last["cpu_s"] / last["at_s"], 2),
        "analysed": last["analysed"],
        "dropped": last["dropped"],
    }


def to_file(path: Path) -> Note:
    """Each note as a JSON line."""

    def note(said: dict[str, Any]) -> None:
        with path.open("a") as out:
            out.write(json.dumps(said) + "\n")

    return note
