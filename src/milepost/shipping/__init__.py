"""The package: manifest, graph, golden rows, proof."""
