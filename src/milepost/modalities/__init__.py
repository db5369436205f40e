"""One file a kind of column: how it is recognised, summarised and turned into numbers."""
