"""A certificate that a camera has made for itself, and a server that shows it."""

import ssl
import subprocess
from pathlib import Path


def own_certificate(folder: Path, names: str = "IP:127.0.0.1") -> tuple[str, ssl.SSLContext]:
    """Returns the certificate, PEM, and the context of a server that has it. Its private key lies in `folder`."""
    key, certificate = folder / "camera.key", folder / "camera.pem"
    order = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    order += ["-subj", "/CN=camera", "-addext", f"subjectAltName={names}"]
    subprocess.run([*order, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate.read_text(), context
