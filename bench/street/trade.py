"""What a threshold of the zone model costs and brings: vehicles found, empty zones falsely called taken.

For each camera the threshold is taken that the other cameras would have chosen, so that no picture judges a threshold
that was read off it. The weights are honest only where they never saw the camera either: `weights` names a folder for
it, with files and a manifest.toml whose [zone_model] names them. Without one, those that ship are measured, which know
both cameras.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2

from drivers.camera.models import MANIFEST, ZONE_MODEL, converted, tables
from drivers.camera.zone_weights import ZoneModelTable, table
from street.drawn_zones import ANYWHERE, EMPTY, FAR, NEAR, PEOPLE, ROUND_PEOPLE, WIDE, frames
from street.interval import Share
from street.judge import MODELS, Judge, Remembering, remembering
from street.labelled import is_there
from street.zones import ALL, FALSELY, Tally, drawn

THRESHOLDS = [(taken, alone) for taken in (0.5, 0.6, 0.73, 0.8, 0.85, 0.9, 0.93) for alone in (0.8, 0.9, 0.94)]
"""(`taken`, `taken_alone`) of the manifest."""

KINDS = (NEAR, FAR, WIDE, EMPTY, ANYWHERE, PEOPLE, ROUND_PEOPLE)
FALSE_AT_MOST = 0.005

Thresholds = tuple[float, float]
Tallies = Mapping[Thresholds, Tally]


def traded(street: Path, folders: Mapping[str, Path]) -> dict[str, Any]:
    """The curve of each camera, and each judged by the threshold of the others.

    Args:
        folders: of the weights that never saw a camera, by its name.
    """
    if not is_there(street):
        return {"skipped": f"{street}: no frames there"}
    tallies = _tallies(street, folders)
    cameras = sorted({camera for tally in tallies.values() for camera in tally.cameras})
    return {
        "weights_never_saw": sorted(folders),
        "curve": {camera: [_row(at, tally, camera) for at, tally in tallies.items()] for camera in [*cameras, ALL]},
        "by_the_others_threshold": {camera: _crossed(tallies, camera, cameras) for camera in cameras},
    }


def _tallies(street: Path, folders: Mapping[str, Path]) -> Tallies:
    cv2.setNumThreads(1)
    judges: dict[str, tuple[Judge, Remembering]] = {}
    tallies = {at: Tally() for at in THRESHOLDS}
    for frame in frames(street):
        if frame.camera not in judges:
            model = _model(folders.get(frame.camera))
            judges[frame.camera] = Judge(model), model
        judge, model = judges[frame.camera]
        detect, zones = remembering(judge.detector.detect), drawn(frame)
        for at in THRESHOLDS:
            model.move(*at)
            tallies[at].count(frame, judge.with_zone_model(detect, frame.picture, zones))
    return tallies


def _model(folder: Path | None) -> Remembering:
    if not folder:
        return Remembering(table(), MODELS)
    manifest = folder / MANIFEST
    return Remembering(converted(manifest, tables(manifest).get(ZONE_MODEL), ZoneModelTable), folder)


def _row(at: Thresholds, tally: Tally, camera: str) -> dict[str, Any]:
    shares = {kind: tally.share(camera, kind) for kind in KINDS}
    told = {kind: f"{share.count} of {share.of}" for kind, share in shares.items()}
    return {"taken": at[0], "taken_alone": at[1], **told}


def _crossed(tallies: Tallies, camera: str, cameras: list[str]) -> dict[str, Any]:
    others = [each for each in cameras if each != camera]
    at = _chosen(tallies, others)
    told = {kind: tallies[at].share(camera, kind).told() for kind in KINDS}
    told[FALSELY] = tallies[at].falsely(camera).told()
    return {"taken": at[0], "taken_alone": at[1], **told}


def _chosen(tallies: Tallies, cameras: list[str]) -> Thresholds:
    """Returns the threshold that finds most of those that keep the false answers on these cameras low, the highest of
    equals; the highest of all if none does."""
    low = [at for at, tally in tallies.items() if _rate(_false(tally, cameras)) <= FALSE_AT_MOST]
    return max(low, key=lambda at: (_found(tallies[at], cameras), at), default=max(tallies))


def _false(tally: Tally, cameras: list[str]) -> Share:
    return _sum([tally.falsely(camera) for camera in cameras])


def _found(tally: Tally, cameras: list[str]) -> int:
    return _sum([tally.share(camera, kind) for camera in cameras for kind in (NEAR, FAR)]).count


def _sum(shares: list[Share]) -> Share:
    return Share(sum(one.count for one in shares), sum(one.of for one in shares))


def _rate(share: Share) -> float:
    return share.count / share.of if share.of else 0.0
