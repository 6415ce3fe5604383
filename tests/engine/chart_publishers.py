"""Publishers of charts on loopback, under their real names: whoever asks for them through a proxy finds these.

The registries are real ones (`oci_registry/`), the repository is a folder that Helm itself has indexed.
"""

import datetime
import functools
import ipaddress
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection, socket

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from localcloud.cluster import ports
from localcloud.cluster.processes import wait_until
from localcloud.toolchain import go

_SOURCE = Path(__file__).parent / "oci_registry"


@dataclass(frozen=True)
class Certificate:
    """A certificate of many names that signs itself, and its key."""

    file: Path
    key: Path

    @classmethod
    def of(cls, names: list[str], directory: Path) -> "Certificate":
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "publishers on loopback")])
        now = datetime.datetime.now(datetime.UTC)
        alternatives = [*map(x509.DNSName, names), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        place = cls(directory / "publishers.crt", directory / "publishers.key")
        place.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        place.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return place


@contextmanager
def registry(certificate: Certificate, scratch: Path) -> Iterator[str]:
    """A registry; gives its address."""
    program = scratch / "oci-registry"
    if not program.exists():
        subprocess.run(
            [go.find("The registry has to be built"), "build", "-o", program, "."],
            cwd=_SOURCE,
            env=go.environment(),
            check=True,
        )
    address = f"127.0.0.1:{ports.free()}"
    with subprocess.Popen([program, address, certificate.file, certificate.key], stderr=subprocess.DEVNULL) as process:
        try:
            assert wait_until(lambda: _listens(address), 20)
            yield address
        finally:
            process.terminate()


def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    with suppress(OSError), create_connection((host, int(port)), timeout=1):
        return True
    return False


@contextmanager
def repository(certificate: Certificate, folder: Path) -> Iterator[str]:
    """A repository of what is in a folder; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with _served(server) as address:
        yield address


@contextmanager
def proxy(routes: Mapping[str, str]) -> Iterator[str]:
    """A proxy that leads each host and port to an address on loopback, and nowhere else; gives its own."""
    handler = type("Routed", (_Connect,), {"routes": routes})
    with _served(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        yield address


@contextmanager
def _served(server: ThreadingHTTPServer) -> Iterator[str]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class _Connect(BaseHTTPRequestHandler):
    routes: Mapping[str, str]

    def do_CONNECT(self) -> None:
        if self.path not in self.routes:
            self.send_error(502)
            return
        host, _, port = self.routes[self.path].partition(":")
        with create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
            back.start()
            _pump(self.connection, there)
            back.join()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def _pump(source: socket, target: socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(1)


def package(helm: Path, chart: Path, version: str, folder: Path, name: str | None = None) -> Path:
    """A chart's archive in a folder, under this version, and under another name where one is given."""
    if name is not None:
        renamed = folder.parent / "renamed" / name
        shutil.copytree(chart, renamed)
        described = (renamed / "Chart.yaml").read_text()
        (renamed / "Chart.yaml").write_text(described.replace(f"name: {chart.name}", f"name: {name}"))
        chart = renamed
    command = [str(helm), "package", str(chart), "--version", version, "--destination", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / f"{chart.name}-{version}.tgz"
