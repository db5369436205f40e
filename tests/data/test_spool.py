"""Bytes without a file are kept until the process ends, and no longer."""

import hashlib
import subprocess
import sys

from milepost.data import spool
from milepost.modalities import media


def test_what_is_put_can_be_loaded_and_is_stored_once():
    name = spool.put(b"some bytes")
    assert name == hashlib.sha256(b"some bytes").hexdigest() == spool.put(b"some bytes")
    assert media.load(media.reference("image", name)) == b"some bytes"


def test_the_folder_goes_with_the_process():
    code = "from milepost.data import spool; spool.put(b'x'); print(spool.folder())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    from pathlib import Path

    assert not Path(done.stdout.strip()).exists()
