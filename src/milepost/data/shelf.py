"""The images and sounds of a project: bytes stored once by digest, and what was found out about each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from milepost.data.files import Say, silent
from milepost.digest import Digest, Json, digest_bytes, plain
from milepost.errors import Corrupt, InputError
from milepost.modalities import kept, media
from milepost.modalities.examine import examine
from milepost.store.blobs import Blobs

JOURNAL, ANSWERS = "media.jsonl", "kept"
_TOLD = 200


class Shelf:
    """The media of a project.

    Args:
        folder: the folder that holds the project's store.
        blobs: its bytes.
    """

    def __init__(self, folder: Path, blobs: Blobs) -> None:
        self.journal, self.blobs = folder / JOURNAL, blobs
        self._known: dict[str, tuple[int, str, Json]] | None = None

    def get(self, name: Digest) -> bytes | None:
        """The bytes of a digest, or None where the project has none of it.

        Raises:
            Corrupt: they were damaged.
        """
        return self.blobs.get(name) if self.blobs.has(name) else None

    def facts(self, reference: str) -> Mapping[str, Json]:
        """What an examination found out about media; empty where there was none."""
        return self._looked().get(reference, (0, "", {}))[2] or {}

    def take(self, references: Sequence[str], threads: int = 1, say: Say = silent) -> dict[str, str]:
        """Examines media and keeps those that can be used; what was done before is not done again.

        Args:
            references: distinct references.
            threads: media that are looked at side by side.
            say: told how far it is.

        Returns:
            The references that cannot be used, with the reason.

        Raises:
            EnvironmentProblem: there is no space.
        """
        known = self._looked()
        new = [one for one in references if one not in known or not self._stored(one, known[one])]
        if new:
            self.journal.parent.mkdir(parents=True, exist_ok=True)
            torn = self.journal.exists() and self.journal.read_bytes()[-1:] not in (b"", b"\n")
            with self.journal.open("a", encoding="utf-8") as lines, ThreadPoolExecutor(threads) as pool:
                lines.write("\n" if torn else "")
                for start in range(0, len(new), 2 * threads):
                    if start % _TOLD < 2 * threads:
                        say(f"{start:,} of {len(new):,} images and sounds looked at", start / len(new))
                    some = new[start : start + 2 * threads]
                    for one, found in zip(some, pool.map(self._take, some), strict=True):
                        known[one] = found
                        lines.write(json.dumps([one, *found]) + "\n")
                    lines.flush()
            self.blobs.settle()
        return {one: known[one][1] for one in references if known[one][1]}

    def _take(self, reference: str) -> tuple[int, str, Json]:
        """Size, reason and facts of media; kept where there is no reason against it."""
        try:
            data = media.load(reference)
        except (InputError, OSError) as problem:
            return 0, f"it cannot be read ({str(problem)[:120]})", {}
        if digest_bytes(data) != media.digest_of(reference):
            return len(data), "it changed while it was read", {}
        facts, reason = examine(data, reference.partition(":")[0])
        if not reason:
            self.blobs.put_soon(data)
        return len(data), reason.rstrip("."), plain(facts)

    def _stored(self, reference: str, found: tuple[int, str, Json]) -> bool:
        return bool(found[1]) or self.blobs.has(media.digest_of(reference))

    def _looked(self) -> dict[str, tuple[int, str, Json]]:
        """What the journal tells; lines cut off, and what may be otherwise today, are passed over."""
        if self._known is None:
            self._known = {}
            lines = self.journal.read_bytes().splitlines() if self.journal.is_file() else []
            for line in lines:
                try:
                    reference, size, reason, facts = json.loads(line)
                except ValueError:
                    continue
                if not reason.startswith(("it cannot be read", "it changed while")):
                    self._known[str(reference)] = (int(size), str(reason), facts)
        return self._known


def opened(store: Path, blobs: Blobs, threads: int, say: Say = silent) -> Shelf:
    """Makes a project's media, and what frozen networks answered to them, known to this process.

    Args:
        store: the folder that holds the project's store.
        blobs: its bytes.
        threads: values that go through a frozen network side by side.
        say: told how far that is.
    """
    shelf = Shelf(store, blobs)

    def get(name: Digest) -> bytes | None:
        try:
            return shelf.get(name)
        except Corrupt:
            if media.placed(name) is None:
                raise
            return None  # the file it came from is still there

    media.shelve("project", get)
    kept.keep_in(store / ANSWERS, threads, say)
    return shelf
