"""Models without a graph: what only Python can answer with ships as a pickle beside its source."""

from __future__ import annotations

from milepost.graphs.builder import Builder
from milepost.graphs.python import DOMAIN, OP, Part
from milepost.learners.base import Model


class PythonModel(Model):
    """A fitted model that has no nodes to give: its package is "Python only".

    It is pickled, so its class has to be at the top of a module. `why` says in a sentence why there is no
    graph; `plugin` is the module that made it, its class's own where not said, whose source goes along.
    """

    why: str = "Its learner gives no graph."
    plugin: str = ""

    def emit(self, builder: Builder, features: str) -> str:
        """Adds the one node that holds the model itself.

        Raises:
            UsageError: it cannot be pickled.
        """
        part = Part.of(self, self.why, self.plugin or type(self).__module__)
        return builder.node(OP, features, domain=DOMAIN, **part.attributes)
