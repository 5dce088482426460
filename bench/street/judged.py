"""Staged clips through `drivers.camera.clip.analyse`, scored together as if they were one long clip."""

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from drivers.camera.clip import analyse
from drivers.camera.options import CameraOptions, ZoneShape

MODELS = Path(__file__).parents[2] / "models"


def scorer(tools: Path) -> ModuleType:
    """score.py of the staged clips."""
    spec = spec_from_file_location("score", tools / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{tools}: no score.py there")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def truths(folders: Iterable[Path]) -> list[Path]:
    """Every NAME.json with a NAME.mp4 beside it."""
    return [path for folder in folders for path in sorted(folder.glob("*.json")) if path.with_suffix(".mp4").is_file()]


def reports(truth_file: Path) -> list[dict[str, Any]]:
    """The stays of one clip, as `lamppost kerb` prints them with the options that ship."""
    truth = json.loads(truth_file.read_text())
    zones = {each["id"]: ZoneShape(camera="c", polygon=tuple(map(tuple, each["polygon"]))) for each in truth["zones"]}
    limits_s = {each["id"]: each["limit_s"] for each in truth["zones"]}
    options = CameraOptions(source="clip.mp4", picture=(truth["width"], truth["height"]))
    return [
        {
            "zone": one.zone,
            "entered_s": one.stay.entered_s,
            "left_s": one.stay.left_s,
            "overstay_at_s": one.overstay_at_s(limits_s[one.zone]),
        }
        for one in analyse(truth_file.with_suffix(".mp4"), options, zones, MODELS)
    ]


def judged(folders: Iterable[Path], score: ModuleType, scratch: Path) -> dict[str, Any]:
    """The score over all clips, and what is worth a look of each."""
    files = truths(folders)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(files, pool.map(reports, files), strict=True))
    whole = _score(found, score, scratch)
    each = {file.stem: _score({file: told}, score, scratch) for file, told in found.items()}
    return {"clips": len(files), **_figures(whole), "each": {name: _short(one) for name, one in each.items()}}


def _score(found: Mapping[Path, list[dict[str, Any]]], score: ModuleType, scratch: Path) -> dict[str, Any]:
    zones: set[str] = set()
    stays: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    total_s = 0.0
    for number, (file, said) in enumerate(found.items()):
        lines = scratch / "stays.jsonl"
        lines.write_text("\n".join(map(json.dumps, said)))
        of_clip, true_stays, end_s = score.load_truth(file)
        told += _named(score.load_reports(lines, of_clip, end_s), number)
        stays += _named(true_stays, number)
        zones |= {f"{number}/{zone}" for zone in of_clip}
        total_s += end_s
    result: dict[str, Any] = score.score(zones, stays, told, total_s)
    return result


def _named(stays: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return [{**stay, "zone": f"{number}/{stay['zone']}"} for stay in stays]


def _figures(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hours": result["hours"],
        "stay_f1": result["stays"]["f1"],
        "overstay_f1": result["overstays"]["f1"],
        "stays": _counts(result["stays"]),
        "overstays": _counts(result["overstays"]),
        "median_dwell_error_s": result["dwell_abs_err_s"],
        "median_overstay_latency_s": result["overstay_latency_s"],
        "false_overstays_per_hour": result["false_overstays_per_hour"],
        "stays_split": result["fragmented_stays"],
        "stays_merged": result["swallowed_reports"],
    }


def _counts(part: Mapping[str, Any]) -> dict[str, int]:
    return {"right": part["tp"], "reported": part["reported"], "true": part["true"]}


def _short(result: Mapping[str, Any]) -> str:
    stays, overstays = result["stays"], result["overstays"]
    return f"stays {stays['f1']:.3f}, overstays {overstays['f1']:.3f}, dwell {result['dwell_abs_err_s']} s"
