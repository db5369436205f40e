"""What is watched in production, one file a kind of signal."""
