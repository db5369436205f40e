"""Rows and bytes: an append-only log in SQL and blobs named by their digest; it knows no nouns."""
