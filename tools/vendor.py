"""Puts third-party JavaScript into the web application's static folder: python tools/vendor.py.

What is taken, and its digest, stands in tools/web/package-lock.json; npm checks it. Nothing of it is
committed: a wheel carries it, `make install-web` fetches it, and the pages work without it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKED = ROOT / "tools" / "web"
INTO = ROOT / "src" / "milepost" / "web" / "static" / "vendor"
FILES = {"htmx.org/dist/htmx.min.js": "htmx.min.js", "htmx.org/LICENSE": "htmx.LICENSE"}
"""What is taken from `node_modules`, and its name here."""


def vendor(into: Path = INTO) -> list[Path]:
    """Fetches what the lock file names and copies it to a folder; returns the files.

    Raises:
        FileNotFoundError: npm is not installed.
        subprocess.CalledProcessError: npm could not fetch it, or it is not what the lock file says.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not installed; the pages work without it, and load whole.")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCKED / name, folder)
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(words, cwd=folder, check=True)
        into.mkdir(parents=True, exist_ok=True)
        return [
            Path(shutil.copy(Path(folder) / "node_modules" / source, into / name))
            for source, name in FILES.items()
        ]


if __name__ == "__main__":
    try:
        print("\n".join(str(path.relative_to(ROOT)) for path in vendor()))
    except (FileNotFoundError, subprocess.CalledProcessError) as problem:
        sys.exit(str(problem))
