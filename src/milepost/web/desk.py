"""What the pages about labels share: items, label sets and answers as plain words, and the media of items."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.responses import Response
from starlette.exceptions import HTTPException

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.labelset import LabelSet
from milepost.labels.values import NAMED, SHAPES, mentioned
from milepost.modalities.media import digest_of
from milepost.store.leases import Given
from milepost.web.access import Person
from milepost.web.masks import Masks, masks, secret
from milepost.web.site import Site

SHOWN = 300
"""Labels that a page is sent at once; of more, those that fit what is typed are asked for."""
_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"WAVE", 8, "audio/wav"),
    (b"fLaC", 0, "audio/flac"),
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"\xff\xf3", 0, "audio/mpeg"),
    (b"ftypM4A", 4, "audio/mp4"),
)


def known(site: Site) -> LabelSet | None:
    """The label set as it stands, or None before there is one."""
    try:
        return site.labels.set
    except InputError:
        return None


def told(labels: LabelSet) -> Mapping[str, Json]:
    """A label set as pages need it: the labels that can be chosen, the first of them where they are many."""
    active = list(labels.active.values())
    shown = [shortly(labels, label.id) for label in active[:SHOWN]]
    return {
        "name": labels.name,
        "kind": labels.kind,
        "version": labels.version,
        "labels": shown,
        "count": len(active),
    }


def shortly(labels: LabelSet, id: str) -> dict[str, Json]:
    """One label for a list from which people choose."""
    label = labels.label(id)
    return {"id": id, "name": label.name, "path": labels.shown(id), "key": label.key, "note": label.note}


def numbers(site: Site, person: Person) -> Masks:
    """The numbers by which somebody knows items: true ones where they may review, else their own."""
    known = site.remember("masks", site.labels.name, lambda: secret(site.labels))
    return masks(known, site.member(person).id, person.may("reviewer"))


def item(given: Given, known: Masks) -> dict[str, Json]:
    """An item as whoever labels it sees it; its unit would tell questions with a known answer apart.

    Args:
        given: the item.
        known: the numbers by which they know items.
    """
    return {
        "id": known.shown(given.id),
        "content": given.content,
        "state": given.state,
        "value": given.value,
        "comment": given.comment,
        "decision": given.decision,
        "version": given.version,
    }


def words(labels: LabelSet, value: Json) -> str:
    """An answer in words, for lists and reviewers.

    >>> pets = LabelSet.start("pets", "tags", ["Cat", "Big > Dog"])
    >>> words(pets, ["cat", "dog"]), words(pets, None), words(pets, [])
    ('Cat, Big > Dog', 'discarded', 'none')
    """
    if value is None:
        return "discarded"
    if labels.kind in SHAPES and isinstance(value, list):
        counts: dict[str, int] = {}
        for shape in value:
            counts[shape["label"]] = counts.get(shape["label"], 0) + 1
        return ", ".join(f"{n} × {labels.shown(id)}" for id, n in sorted(counts.items())) or "none"
    if labels.kind in NAMED:
        return ", ".join(labels.shown(id) for id in mentioned(labels.kind, value)) or "none"
    if labels.kind == "like":
        return "like" if value else "not like"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def references(content: Json) -> Iterator[str]:
    """Every reference to media in the content of an item."""
    if isinstance(content, str):
        if digest_of(content):
            yield content
    elif isinstance(content, Mapping):
        for inner in content.values():
            yield from references(inner)
    elif isinstance(content, list | tuple):
        for inner in content:
            yield from references(inner)


def media(site: Site, content: Json, name: str) -> Response:
    """The bytes of media that an item shows, under the type that they turn out to be.

    Raises:
        HTTPException: the item shows no such media (404), or a browser cannot show it (415).
    """
    if name not in {digest_of(one) for one in references(content)} or not site.project.blobs.has(name):
        raise HTTPException(404)
    data = site.project.blobs.get(name)
    kind = sniffed(data)
    if not kind:
        raise HTTPException(415, "A browser cannot show this kind of file.")
    return Response(data, media_type=kind, headers={"cache-control": "private, max-age=3600, immutable"})


def sniffed(data: bytes) -> str:
    """The type of an image or a sound by its first bytes, or ""; nothing that can hold a script has one.

    >>> sniffed(b"\\xff\\xd8\\xff\\xe0"), sniffed(b"<svg onload=alert(1)>"), sniffed(b"RIFF....WAVEfmt ")
    ('image/jpeg', '', 'audio/wav')
    """
    return next((kind for magic, at, kind in _MAGIC if data[at : at + len(magic)] == magic), "")


def fields(said: Mapping[str, Any], **kinds: type | tuple[type, ...]) -> dict[str, Any]:
    """The fields of a JSON body that are there, each of its type.

    Raises:
        InputError: one is of another type.

    >>> fields({"item": 3, "x": 1}, item=int, comment=str)
    {'item': 3}
    """
    found = {}
    for name, kind in kinds.items():
        if said.get(name) is None:
            continue
        if not isinstance(said[name], kind) or (isinstance(said[name], bool) and kind is not bool):
            raise InputError(f"'{name}' is {str(said[name])[:80]!r}.", expected=f"A value of type {kind}.")
        if isinstance(said[name], int) and abs(said[name]) >= 2**62:
            raise InputError(f"'{name}' is a number of {len(str(said[name]))} digits.")
        found[name] = said[name]
    return found


def part(*texts: str) -> str:
    """A short name for several texts, under which a browser keeps what belongs to them."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
