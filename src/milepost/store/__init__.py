"""Rows and bytes: an append-only log in SQL, the tables in which labels are given, blobs named by digest."""
