"""What stands before every route: the host's name, a body's size and pace, a form's origin, headers."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from milepost.labels.queue import BYTES
from milepost.serving.app import MEDIA_BYTES

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

FORM_BYTES = 1_000_000
"""The largest body of a form."""
UPLOAD_BYTES = 1 << 32
"""The largest file that is uploaded, 4 GiB; it goes to the disk as it comes."""
LARGE: Mapping[str, int] = {
    "/package/predict": MEDIA_BYTES, "/label/act": BYTES + FORM_BYTES, "/review/act": BYTES + FORM_BYTES,
    "/transfer/upload": UPLOAD_BYTES,
}  # fmt: skip
"""Paths that take more: rows with media, files, and answers, of which masks are the largest."""
PAUSE, WHOLE = 20.0, 300.0
"""Seconds between two pieces of a body, and for all of one that is no file, at most."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""No script but the files of this server; charts carry style attributes, which can fetch nothing."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware around the whole application.

    Args:
        app: what it guards.
        names: names by which the server may be addressed, beside "localhost" and plain addresses. A name that
            is none of these may have been made to point here by a page from elsewhere (DNS rebinding).
    """

    def __init__(self, app: App, names: Iterable[str] = ()) -> None:
        self.app = app
        self.names = frozenset(name.lower().rstrip(".") for name in names)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Refuses what must not reach a route, and adds the headers to what leaves."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        wrong = self.objection(scope["method"], headers, LARGE.get(scope["path"], FORM_BYTES))
        if wrong is not None:
            await _refuse(send, *wrong)
            return
        await self._pass(scope, receive, send)

    def objection(self, method: str, headers: Mapping[str, str], most: int) -> tuple[int, str] | None:
        """Why a request is refused, as status and sentence; None where it may pass.

        Args:
            method: of HTTP.
            headers: by name in lower case.
            most: bytes that its body may have.
        """
        host = headers.get("host", "")
        if not self.known(host):
            return 421, f"This server is not called '{host[:200]}'. Name it with --name when it is started.\n"
        if method not in SAFE:
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return 403, "A form from another site is not taken.\n"
            origin = headers.get("origin", "")
            if origin and urlsplit(origin).netloc.lower() != host.lower():
                return 403, "A form from another site is not taken.\n"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > most:
            return 413, f"At most {most:,} bytes are taken here.\n"
        return None

    def known(self, host: str) -> bool:
        """Whether a Host header names this server.

        >>> guard = Guard(None, ["ml.example"])
        >>> [guard.known(h) for h in ("ml.example:80", "localhost:1", "[::1]:80", "evil.example", "")]
        [True, True, True, False, False]
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self.names or name == "localhost":
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _pass(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        most, seen = LARGE.get(scope["path"], FORM_BYTES), 0

        end, complete = time.monotonic() + (math.inf if most == UPLOAD_BYTES else WHOLE), False

        async def bounded() -> Message:
            nonlocal seen, complete
            if complete:
                return await receive()
            left = min(PAUSE, end - time.monotonic())
            try:
                message = await asyncio.wait_for(receive(), max(0.0, left))
            except TimeoutError as problem:
                raise HTTPException(408, "The body of the request did not come in time.") from problem
            seen += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if seen > most:
                raise HTTPException(413, f"At most {most:,} bytes are taken here.")
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {key.lower() for key, _ in message["headers"]}
                added = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in given]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, bounded, headed)


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = {**HEADERS, "content-type": "text/plain; charset=utf-8", "connection": "close"}
    pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": text.encode("utf-8", "replace")})
