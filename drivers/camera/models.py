"""Which detectors there are, and whether their weights are in place and unchanged. Imports neither numpy nor OpenCV."""

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from drivers.camera.errors import ModelError
from drivers.files import read_regular
from drivers.options import Options
from drivers.translation import _

__all__ = [
    "Entry",
    "Input",
    "Model",
    "ModelError",
    "NpmSource",
    "SHIPPED",
    "Status",
    "Weights",
    "ZONE_MODEL",
    "catalogue",
    "converted",
    "default_dir",
    "find",
    "in_use",
    "labels",
    "places",
    "read",
    "remedy",
    "shipped",
    "state",
    "status",
    "tables",
    "weights",
]

MANIFEST = "manifest.toml"
ZONE_MODEL = "zone_model"
"""The one table of a manifest that is no detector: see `zone_weights`."""


def places(home: Path) -> tuple[Path, ...]:
    """Returns where the manifest and the labels may lie, by the folder in which `drivers` does: of a checkout; of an
    installed package beside it (pip --target), or below the folder of whose lib it is a part (a venv, pip --user,
    Debian's /usr).
    """
    above = (home, *home.parents[:3])
    return (home / "models", *(folder / "share" / "lamppost" / "models" for folder in above))


SHIPPED = places(Path(__file__).parents[2])
"""The folders of the manifest and the labels; the first one that has them counts."""

LABEL_FILE_LIMIT = 64 * 1024
MANIFEST_LIMIT = 256 * 1024
_CHUNK = 1024 * 1024

Kind = TypeVar("Kind")
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")]
Bytes = Annotated[int, Meta(ge=0, le=256 * 1024 * 1024)]
State = Literal["present", "missing", "wrong hash"]
STATE_WORDS: dict[State, str] = {"present": _("present"), "missing": _("missing"), "wrong hash": _("wrong hash")}
"""The words for each state that a person reads."""


class NpmSource(Options, frozen=True):
    """Bytes `first_byte` up to, not including, `end_byte` of `path` in the tarball of an npm package."""

    package: Annotated[str, Meta(pattern=r"^(@[a-z0-9._-]+/)?[a-z0-9._-]+\Z")]
    version: Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+\Z")]
    path: str
    first_byte: Bytes
    end_byte: Bytes


class Input(Options, frozen=True):
    """What the network wants of a picture: `(value - mean) / deviation`, channels in the order `colour`.

    Args:
        letterbox: keep the crop's shape, top left, and fill the rest with grey 114; False: stretch it.
    """

    letterbox: bool
    colour: Literal["rgb", "bgr"]
    mean: float
    deviation: Annotated[float, Meta(gt=0)]


class Weights(Options, frozen=True):
    """A file of weights.

    Args:
        file: in the models directory.
        bytes: its length.
    """

    file: FileName
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    bytes: Bytes


class Model(Weights, frozen=True):
    """One table of the manifest: a detector.

    Args:
        labels: file, beside the manifest, with one class a line in the order of the model's outputs.
        vehicles: label of a class that counts as a vehicle -> the word for it.
        crop_scale: how much a zone's box is grown to make the crop that the model sees.
        source: where `fetch` gets it; None: the operator puts the file in place.
        crop_scale_shared: how much, at most, where several zones share a crop; None: they never do.
        int8: the same network with 8-bit numbers, which comes with lamppost and is taken where it is in place; None:
            there is none.
    """

    licence: str
    decoder: Literal["ssd_oidv4", "yolox"]
    labels: FileName
    vehicles: Annotated[dict[str, str], Meta(min_length=1)]
    crop_scale: Annotated[float, Meta(ge=1, le=20)]
    input: Input
    source: NpmSource | None = None
    crop_scale_shared: Annotated[float, Meta(ge=1, le=20)] | None = None
    int8: Weights | None = None


class Entry(Struct, frozen=True):
    """A model of the manifest and the directory that its label file lies in.

    Args:
        own: it is of the operator's manifest, and does not come with lamppost.
    """

    name: str
    model: Model
    shelf: Path
    own: bool = False


class Status(Struct, frozen=True):
    """What `lamppost models` shows of one model.

    Args:
        origin: where its weights come from, in words.
        fetched: whether `fetch` can get them.
    """

    name: str
    state: State
    path: Path
    licence: str
    origin: str
    fetched: bool


def catalogue(models_dir: Path) -> dict[str, Entry]:
    """Every model of the shipped manifest, then of the operator's own in `models_dir`. Raises ModelError."""
    shelf = shipped()
    entries = {name: Entry(name, model, shelf) for name, model in read(shelf / MANIFEST).items()}
    if not (models_dir / MANIFEST).is_file() or models_dir.resolve() == shelf.resolve():
        return entries
    own = {name: Entry(name, model, models_dir, own=True) for name, model in read(models_dir / MANIFEST).items()}
    taken = [name for name in own if name in entries and own[name].model != entries[name].model]
    if tables(models_dir / MANIFEST).get(ZONE_MODEL) not in (None, tables(shelf / MANIFEST).get(ZONE_MODEL)):
        taken.append(ZONE_MODEL)
    if taken:
        what = _("{manifest}: {names} comes with lamppost, and is not replaced")
        hint = _("give the model of your own another name")
        raise ModelError(what.format(manifest=models_dir / MANIFEST, names=", ".join(sorted(taken))), hint)
    return own | entries


def default_dir(on_a_pole: Path) -> Path:
    """Returns the folder of the weights when nothing else is said: the pole's; the checkout's where the pole's does
    not exist."""
    return on_a_pole if on_a_pole.is_dir() or not SHIPPED[0].is_dir() else SHIPPED[0]


def shipped() -> Path:
    """Returns the folder of the shipped manifest. Raises ModelError: there is none."""
    for place in SHIPPED:
        if (place / MANIFEST).is_file():
            return place
    raise ModelError(
        _("no {manifest} in {folders}").format(manifest=MANIFEST, folders=_(" or ").join(map(str, SHIPPED))),
        _("install lamppost again"),
    )


def read(manifest: Path) -> dict[str, Model]:
    """The detectors of one manifest. Raises ModelError, naming the file and the key."""
    detectors = {name: table for name, table in tables(manifest).items() if name != ZONE_MODEL}
    models = converted(manifest, detectors, dict[str, Model])
    for name, model in models.items():
        source = model.source
        if source and source.end_byte - source.first_byte != model.bytes:
            taken = source.end_byte - source.first_byte
            raise ModelError(
                _("{manifest}: {name}: source gives {taken} bytes, `bytes` says {bytes}").format(
                    manifest=manifest, name=name, taken=taken, bytes=model.bytes
                )
            )
    return models


def tables(manifest: Path) -> dict[str, Any]:
    """Reads a manifest as TOML. Raises ModelError, naming the file."""
    try:
        return tomllib.loads(read_regular(manifest, MANIFEST_LIMIT).decode())
    except (OSError, ValueError, RecursionError) as error:  # tomllib's are among them
        raise ModelError(f"{manifest}: {error}") from error


def converted(manifest: Path, values: Any, kind: type[Kind]) -> Kind:
    """Returns what is in a manifest as `kind`. Raises ModelError, naming the file and the key."""
    try:
        return msgspec.convert(values, kind)
    except ValueError as error:  # msgspec's are among them
        raise ModelError(f"{manifest}: {error}") from error


def find(models_dir: Path, name: str) -> Entry:
    """The model of that name. Raises ModelError with the names there are."""
    entries = catalogue(models_dir)
    if name not in entries:
        raise ModelError(
            _('no model "{name}" in the manifest').format(name=name),
            _("there are {names}").format(names=", ".join(sorted(entries))),
        )
    return entries[name]


def is_own(models_dir: Path, name: str) -> bool:
    """Whether the model is the operator's own. One that there is none of is not; nobody works with it either."""
    try:
        return find(models_dir, name).own
    except ModelError:
        return False


def labels(entry: Entry) -> tuple[str, ...]:
    """Names of the classes, in the order of the outputs. Raises ModelError when a vehicle is not among them."""
    path = entry.shelf / entry.model.labels
    try:
        text = read_regular(path, LABEL_FILE_LIMIT)
        names = tuple(line.strip() for line in text.decode("utf-8").splitlines())
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: {error}") from error
    unknown = sorted(set(entry.model.vehicles) - set(names))
    if unknown:
        raise ModelError(
            _("{path}: has no {names}, which `vehicles` of {name} names").format(
                path=path, names=", ".join(unknown), name=entry.name
            )
        )
    return names


def state(path: Path, model: Weights) -> State:
    """Whether the weights are there and are the right ones. Raises ModelError when they cannot be read."""
    try:
        if path.stat().st_size != model.bytes:
            return "wrong hash"
        with path.open("rb") as file:
            return "present" if _sha256(file) == model.sha256 else "wrong hash"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def in_use(models_dir: Path, model: Model) -> tuple[Weights, State]:
    """The file that the detector runs by, and whether it is in place: with 8-bit numbers where that one is. Raises
    ModelError when it cannot be read."""
    if model.int8 and state(models_dir / model.int8.file, model.int8) == "present":
        return model.int8, "present"
    return model, state(models_dir / model.file, model)


def weights(models_dir: Path, entry: Entry) -> Path:
    """Path of the checked weights. Raises ModelError when they are missing or not the right ones."""
    used, found = in_use(models_dir, entry.model)
    path = models_dir / used.file
    if found == "present":
        return path
    what = _("is not there") if found == "missing" else _("is not the file of the manifest (its sha256 differs)")
    raise ModelError(
        _("model {name}: {path} {what}").format(name=entry.name, path=path, what=what), remedy(models_dir, entry.model)
    )


def remedy(models_dir: Path, model: Model) -> str:
    """What puts the right weights in place, in words for a technician."""
    fetch = _("run: lamppost models fetch --dir {folder}").format(folder=models_dir)
    return fetch if model.source else _("put the file with sha256 {sha256} there").format(sha256=model.sha256)


def status(models_dir: Path) -> list[Status]:
    """One line per detector of the manifest. Raises ModelError."""
    return [_status(models_dir, entry) for entry in catalogue(models_dir).values()]


def _status(models_dir: Path, entry: Entry) -> Status:
    model = entry.model
    used, found = in_use(models_dir, model)
    origin = f"npm {model.source.package}@{model.source.version}" if model.source else _("given by the operator")
    if used is model.int8:
        origin = _("comes with lamppost")
    return Status(entry.name, found, models_dir / used.file, model.licence, origin, model.source is not None)
