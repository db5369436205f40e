"""The Python API: a project, what it can do, and where it stands."""

from milepost.project.project import Project

__all__ = ["Project"]
