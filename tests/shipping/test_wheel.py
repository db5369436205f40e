import base64
import hashlib
import io
import subprocess
import sys
import zipfile

import milepost
from milepost.shipping.wheel import wheel


def test_the_wheel_is_made_again_alike():
    assert wheel() == wheel()
    assert wheel()[0] == f"milepost-{milepost.__version__}-py3-none-any.whl"


def test_every_file_is_recorded_with_its_digest():
    archive = zipfile.ZipFile(io.BytesIO(wheel()[1]))
    info = f"milepost-{milepost.__version__}.dist-info"
    lines = archive.read(f"{info}/RECORD").decode().splitlines()
    recorded = {name: digest for name, digest, _ in (line.rsplit(",", 2) for line in lines)}
    assert set(recorded) == set(archive.namelist())
    for name, digest in recorded.items():
        made = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
        assert digest == (f"sha256={made}" if not name.endswith("RECORD") else "")
    assert not any("__pycache__" in name for name in recorded)


def test_pip_installs_it(tmp_path):
    name, data = wheel()
    (tmp_path / name).write_bytes(data)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        tmp_path / "site",
    ]
    subprocess.run([*command, tmp_path / name], check=True, capture_output=True)
    code = "import milepost; print(milepost.__file__)"
    env = {"PYTHONPATH": str(tmp_path / "site")}
    found = subprocess.check_output([sys.executable, "-c", code], env=env, text=True).strip()
    assert found == str(tmp_path / "site" / "milepost" / "__init__.py")
