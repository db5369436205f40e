"""The build hook: a wheel and a source archive carry the web application's third-party JavaScript."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface[Any]):
    """Fetches it before a build, where it is not there yet and npm is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Called by hatchling; an editable install takes what `make install-web` put there."""
        if version == "editable":
            return
        spec = importlib.util.spec_from_file_location("vendor", Path(self.root) / "tools" / "vendor.py")
        assert spec is not None
        assert spec.loader is not None
        tool = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(tool)
        if all((tool.INTO / name).is_file() for name in tool.FILES.values()):
            return
        try:
            tool.vendor()
        except (FileNotFoundError, subprocess.CalledProcessError) as problem:
            self.app.display_warning(f"built without htmx: {problem}")
