"""Runs the command line: python -m milepost."""

from milepost.cli import main

main()
