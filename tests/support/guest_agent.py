"""Runs in the virtual machine, as root: a shell for each line {"run": SCRIPT, "input": TEXT}; a line says what came."""

import json
import subprocess
import sys
from pathlib import Path

PORT = Path("/dev/virtio-ports/agent")


def main() -> None:
    with PORT.open("r+b", buffering=0) as port:
        port.write(b'{"booted": true}\n')
        rest = b""
        while True:
            rest += port.read(65536) or b""
            while b"\n" in rest:
                text, _, rest = rest.partition(b"\n")
                port.write(json.dumps(answer(json.loads(text))).encode() + b"\n")


def answer(asked: dict[str, str]) -> dict[str, object]:
    done = subprocess.run(
        ["/bin/sh", "-c", asked["run"]],
        input=asked["input"],
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    return {"status": done.returncode, "out": done.stdout[-1_000_000:], "err": done.stderr[-100_000:]}


if __name__ == "__main__":
    sys.exit(main())
