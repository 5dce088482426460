"""[camera.NAME]: a source that can be, a model of the manifest, scores in the right order."""

from pathlib import Path

from agent.config.crosscheck import rules
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.trades.kerb.crosscheck import sources
from drivers.camera import zone_weights
from drivers.camera.models import Entry, Model, ModelError, catalogue, in_use, remedy
from drivers.camera.vehicle_size import LEAST_VEHICLE_PX, zone_side_px
from drivers.camera.vehicle_size import remedy as size_remedy
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    for camera in config.tables("camera").values():
        _scores(camera, report)
        sources.check(camera, report)
    _models(config, report)


def _scores(camera: Table, report: Report) -> None:
    both = camera.values_of("begin_score_percent", "keep_score_percent")
    if both and both[1] > both[0]:
        key = "keep_score_percent" if report.given(camera.path, "keep_score_percent") else "begin_score_percent"
        what = _("keep_score_percent ({keep:g} %) is above begin_score_percent ({begin:g} %)")
        what = what.format(keep=both[1], begin=both[0])
        report.error(camera.path, key, what, _("expected a stay to be easier to keep than to begin"))


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
        _sizes(zones, report)
        if entry := known.get(str(camera.values.get("model"))):
            _classes(config, zones, entry, report)
            _buses(config, zones, entry, report)


def _model(camera: Table, folder: Path, known: dict[str, Entry], report: Report) -> None:
    model = camera.values.get("model")
    if model is not None and model not in known:
        what = _('there is no model "{name}"').format(name=model)
        report.error(camera.path, "model", what, one_of(known), nearest(model, known))
    elif model is not None and (what := _unfit(folder, known[model].model)):
        what = _("{what}, so the camera will be down").format(what=what)
        report.warning(camera.path, "model", what, remedy(folder, known[model].model))
    elif camera.values.get("zone_model") == "auto" and (why := zone_weights.lacking(folder)):
        what = _("there is no zone model, so small vehicles will be missed")
        report.warning(camera.path, "zone_model", what, why)


def _sizes(zones: list[Table], report: Report) -> None:
    """The picture may come in another size than that on which zones are drawn: that is not known here."""
    for zone in zones:
        polygon = zone.values.get("polygon")
        if polygon and (px := zone_side_px(polygon)) < LEAST_VEHICLE_PX:
            what = _(
                "it is {px} px across where it is narrowest, so vehicles in it may be too small: of those below "
                "{least} px many are missed; `lamppost kerb CLIP` measures them"
            )
            report.warning(zone.path, "polygon", what.format(px=px, least=LEAST_VEHICLE_PX), size_remedy())


def _unfit(folder: Path, model: Model) -> str:
    """Why the weights cannot be used; "": they can."""
    try:
        used, found = in_use(folder, model)
    except ModelError as error:
        return str(error)
    file = folder / used.file
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


def _buses(config: Table, zones: list[Table], entry: Entry, report: Report) -> None:
    """A bus at its own stop would be suspected like any vehicle."""
    kerb = config.values.get("kerb")
    if not isinstance(kerb, Table) or kerb.values.get("mode") != "alert":
        return
    for zone in zones:
        orders = [zone, *rules.of(config, zone)]
        kept = any(order.values.get("category") == "bus_stop" for order in orders)
        if kept and not any("bus" in order.values.get("exempt_classes", ()) for order in orders):
            knows = "bus" in entry.model.vehicles.values()
            expected = (
                _('expected exempt_classes = ["bus"]')
                if knows
                else _('expected a model of the camera that says "bus", and exempt_classes = ["bus"]')
            )
            what = _("a bus that waits at its stop is suspected as others are")
            report.warning(zone.path, "exempt_classes", what, expected)
