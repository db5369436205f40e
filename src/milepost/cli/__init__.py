"""The command line: what it does, the Python API does too."""

from milepost.cli.main import main, run

__all__ = ["main", "run"]
