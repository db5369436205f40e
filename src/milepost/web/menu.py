"""The menu: which pages there are, in which row, for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from milepost.web.access import Person

Entry = tuple[str, str, str]
MENU: Mapping[str, Sequence[Entry]] = {
    "Road": (
        ("/road", "Road", "reviewer"),
        ("/run", "Run", "reviewer"),
        ("/brief", "Brief", "reviewer"),
        ("/data", "Data", "reviewer"),
        ("/looks", "Looks", "reviewer"),
        ("/tuning", "Tuning", "reviewer"),
        ("/threshold", "Threshold", "reviewer"),
        ("/failures", "Failures", "reviewer"),
        ("/report", "Report", "reviewer"),
        ("/package", "Package", "reviewer"),
        ("/monitoring", "Monitoring", "reviewer"),
        ("/people", "People", "owner"),
        ("/audit", "Audit", "owner"),
    ),
    "Labels": (
        ("/label", "Label", "labeller"),
        ("/queues", "Queues", "labeller"),
        ("/ask", "Ask people", "reviewer"),
        ("/next", "Next", "owner"),
        ("/find", "Find", "reviewer"),
        ("/doubts", "Doubts", "reviewer"),
        ("/worth", "Label or tune?", "reviewer"),
        ("/transfer", "In and out", "owner"),
        ("/review", "Review", "reviewer"),
        ("/labels", "Label set", "reviewer"),
        ("/rules", "Rules", "reviewer"),
        ("/agreement", "Agreement", "reviewer"),
    ),
}
"""Rows of the menu: an address, its name, and the lowest role that sees it."""
ABOVE: Mapping[str, str] = {"/map": "/data", "/sheets": "/data"}
"""The entry of pages that have none of their own."""


def menu(person: Person) -> dict[str, list[tuple[str, str]]]:
    """The rows that somebody sees, and in each the addresses and names of its pages.

    >>> menu(Person("bob", "labeller"))
    {'Labels': [('/label', 'Label'), ('/queues', 'Queues')]}
    """
    rows = {
        row: [(path, name) for path, name, role in pages if person.may(role)] for row, pages in MENU.items()
    }
    return {row: pages for row, pages in rows.items() if pages}
