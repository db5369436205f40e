"""Charts, sentences and the self-contained report."""
