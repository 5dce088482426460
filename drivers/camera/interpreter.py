"""LiteRT, by which all networks run."""

import importlib
from pathlib import Path
from typing import Any

from drivers.camera.errors import ModelError
from drivers.translation import _

RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")


def interpreter(weights: Path, threads: int) -> Any:
    """A LiteRT interpreter, or one of its predecessor where that is what the box has. Raises ModelError."""
    for name in RUNTIMES:
        try:
            runtime = importlib.import_module(name)
        except ImportError:
            continue
        try:
            made = runtime.Interpreter(model_path=str(weights), num_threads=threads)
            made.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                _("{weights}: not a model that {name} can run: {reason}").format(
                    weights=weights, name=name, reason=error
                )
            ) from error
        return made
    raise ModelError(
        _("no LiteRT on this box"), _("install lamppost with its vision extra: pip install 'lamppost[vision]'")
    )
