"""The mileposts, one file each."""
