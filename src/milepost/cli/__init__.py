"""The command line: what it does, the Python API does too."""

import gc

# Importing makes hardly any garbage, and looking for it takes a tenth of a short command.
_looking = gc.isenabled()
gc.disable()
import milepost.cli.app  # noqa: E402, F401
from milepost.cli.main import main, run  # noqa: E402

gc.freeze()  # what was imported stays
if _looking:
    gc.enable()

__all__ = ["main", "run"]
