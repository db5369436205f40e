"""Toys and check suites that plug-in authors run on their own."""
