"""Projects on real data that show the whole road: one file a demo."""
