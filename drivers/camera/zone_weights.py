"""The place where the weights of the zone model lie, and whether they are in place and unchanged. No numpy, no OpenCV.

They come with lamppost: in models/ of a checkout, and in Debian's package of models. A pole works without them, as the
detector alone sees.
"""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from drivers.camera.errors import ModelError
from drivers.camera.models import (
    MANIFEST,
    STATE_WORDS,
    ZONE_MODEL,
    Status,
    Weights,
    converted,
    shipped,
    state,
    tables,
)
from drivers.options import Options
from drivers.translation import _

Share = Annotated[float, Meta(gt=0, lt=1)]


class ZoneModelTable(Options, frozen=True):
    """[zone_model] of the manifest.

    Args:
        licence: of the weights, SPDX.
        taken: answer, 0..1, from which on a zone is taken.
        taken_alone: the same where the detector sees nothing at all: where one is silent the other must be surer.
        surely_free, surely_taken: answers of the first file beyond which nothing else is asked.
        files: the one that is asked first comes first.
    """

    name: str
    licence: str
    taken: Share
    taken_alone: Share
    surely_free: Share
    surely_taken: Share
    files: Annotated[tuple[Weights, ...], Meta(min_length=1, max_length=4)]


def table() -> ZoneModelTable:
    """The table that comes with lamppost. Raises ModelError."""
    manifest = shipped() / MANIFEST
    return converted(manifest, tables(manifest).get(ZONE_MODEL), ZoneModelTable)


def name() -> str:
    """Returns its name; "": none comes with this lamppost."""
    try:
        return table().name
    except ModelError:
        return ""


def checked(models_dir: Path, weights: Weights) -> Path:
    """Path of one checked file. Raises ModelError when it is missing or not the right one."""
    path = models_dir / weights.file
    if (found := state(path, weights)) != "present":
        raise ModelError(f"{path}: {STATE_WORDS[found]}", remedy(models_dir))
    return path


def remedy(models_dir: Path) -> str:
    """What puts the right files in place, in words for a technician."""
    copy = _("copy them from models/ of a checkout, or install the package lamppost-models")
    return f"{copy}: {models_dir}"


def lacking(models_dir: Path) -> str:
    """Why zones are judged by the detector alone, in words for a technician; "": the zone model is in place."""
    try:
        for each in table().files:
            checked(models_dir, each)
    except ModelError as error:
        return str(error)
    return ""


def zone_status(models_dir: Path) -> list[Status]:
    """One line per file. Raises ModelError."""
    found, origin = table(), _("comes with lamppost")
    places = [(models_dir / each.file, each) for each in found.files]
    return [Status(path.stem, state(path, each), path, found.licence, origin, False) for path, each in places]
