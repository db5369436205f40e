"""milepost as a wheel, made of the files that run: what a production box installs without an index."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path

import milepost


def wheel() -> tuple[str, bytes]:
    """Returns the file name and the bytes of milepost's wheel; the same sources give the same bytes.

    It names no dependencies: it is meant for `pip install --no-deps`. Format: PEP 427.
    """
    version = milepost.__version__
    root = Path(milepost.__file__).parent
    info = f"milepost-{version}.dist-info"
    files = {f"milepost/{path.relative_to(root).as_posix()}": path.read_bytes() for path in sources(root)}
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: milepost\nVersion: {version}\nRequires-Python: >=3.11\n".encode()
    )
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: milepost\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return f"milepost-{version}-py3-none-any.whl", stream.getvalue()


def sources(root: Path) -> list[Path]:
    """The files of the package, without what Python compiled."""
    return sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
