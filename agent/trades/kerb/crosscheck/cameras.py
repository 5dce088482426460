"""[camera.NAME]: a model of the manifest, scores in the right order."""

import re
import stat
from pathlib import Path

from agent.config.crosscheck import rules
from agent.config.crosscheck.hosts import is_host
from agent.config.problems import Report, nearest, one_of, without_secrets
from agent.config.reader import Table
from drivers.camera.models import Entry, Model, ModelError, catalogue, remedy, state
from drivers.translation import _

_AUTHORITY = re.compile(r"rtsp://(?:[^/?#]*@)?(?P<host>\[[^\]/]*\]|[^/?#:]*)(?::(?P<port>\d{0,5}))?", re.ASCII)
_HIGHEST_PORT = 65_535


def check(config: Table, report: Report) -> None:
    for camera in config.tables("camera").values():
        _scores(camera, report)
        _password(camera, report)
        _address(camera, report)
    _models(config, report)


def _scores(camera: Table, report: Report) -> None:
    both = camera.values_of("begin_score_percent", "keep_score_percent")
    if both and both[1] > both[0]:
        key = "keep_score_percent" if report.given(camera.path, "keep_score_percent") else "begin_score_percent"
        what = _("keep_score_percent ({keep:g} %) is above begin_score_percent ({begin:g} %)")
        what = what.format(keep=both[1], begin=both[0])
        report.error(camera.path, key, what, _("expected a stay to be easier to keep than to begin"))


def _password(camera: Table, report: Report) -> None:
    source = camera.values.get("source")
    if source and without_secrets(source) != source and _is_open(report.file):
        what = _("may have a password, and others may read this file")
        expected = _("let only the daemon read it: {command}").format(command=f"chmod 600 {report.file}")
        report.warning(camera.path, "source", what, expected)


def _address(camera: Table, report: Report) -> None:
    """Told without the address: what is wrong with it may be a password with signs that an address must not have."""
    source = camera.values.get("source")
    authority = _AUTHORITY.match(source) if source else None
    if source is None or authority is None:
        return
    port, rest = authority["port"] or "554", source[authority.end() :]
    if not is_host(authority["host"]) or not 0 < int(port) <= _HIGHEST_PORT or rest[:1] not in ("", "/", "?"):
        what = _("its host or port cannot be, so the camera will be down")
        expected = _("expected rtsp://HOST:PORT/...; in a password / is written %2F, @ %40, : %3A")
        report.warning(camera.path, "source", what, expected)


def _is_open(file: Path) -> bool:
    """Whether others than its owner may use it."""
    try:
        return bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False


def _models(config: Table, report: Report) -> None:
    pole = config.values.get("pole")
    folder = pole.values.get("models_dir") if isinstance(pole, Table) else None
    if folder is None or not config.tables("camera"):
        return
    try:
        known = catalogue(Path(folder))
    except ModelError as error:
        report.error(("pole",), "models_dir", str(error))
        return
    for name, camera in config.tables("camera").items():
        _model(camera, Path(folder), known, report)
        zones = [zone for zone in config.tables("zone").values() if zone.values.get("camera") == name]
        if entry := known.get(str(camera.values.get("model"))):
            _classes(config, zones, entry, report)


def _model(camera: Table, folder: Path, known: dict[str, Entry], report: Report) -> None:
    model = camera.values.get("model")
    if model is not None and model not in known:
        what = _('there is no model "{name}"').format(name=model)
        report.error(camera.path, "model", what, one_of(known), nearest(model, known))
    elif model is not None and (what := _unfit(folder / known[model].model.file, known[model].model)):
        what = _("{what}, so the camera will be down").format(what=what)
        report.warning(camera.path, "model", what, remedy(folder, known[model].model))


def _unfit(file: Path, model: Model) -> str:
    """Why the weights cannot be used; "": they can."""
    try:
        found = state(file, model)
    except ModelError as error:
        return str(error)
    return {
        "present": "",
        "missing": _("{file} is not there").format(file=file),
        "wrong hash": _("{file} is not the file of the manifest").format(file=file),
    }[found]


def _classes(config: Table, zones: list[Table], entry: Entry, report: Report) -> None:
    """A class that the model never names would exempt nobody."""
    words = dict.fromkeys(entry.model.vehicles.values())
    for zone in zones:
        for at, word in enumerate(zone.values.get("exempt_classes", ())):
            if word not in words:
                what = _('the model "{name}" never says "{word}"').format(name=entry.name, word=word)
                report.error(zone.path, ("exempt_classes", at), what, one_of(words), nearest(word, words))
        for rule in rules.of(config, zone):
            for word in rule.values.get("exempt_classes", ()):
                if word not in words:
                    what = _('[rule.{rule}] exempts "{word}", which the model "{name}" never says')
                    what = what.format(rule=rule.path[1], word=word, name=entry.name)
                    report.error(
                        zone.path, "rule", what, _("{choices}; or another model").format(choices=one_of(words))
                    )
