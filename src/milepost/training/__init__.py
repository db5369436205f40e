"""The one job that trains, and what is built from many fits: curves, search, ensembles."""
