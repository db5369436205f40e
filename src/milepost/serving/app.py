"""The server: raw ASGI on every route, FastAPI only for the try-it page and the schema."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from milepost.errors import did_you_mean
from milepost.registry import trust
from milepost.serving import inference, native, tfserving
from milepost.serving.answer import MOST, Answerer
from milepost.serving.codec import Answered, Handler, Reply, Routes, refusal
from milepost.serving.log import Log, Record
from milepost.serving.media import KEEP, Scribe
from milepost.serving.metrics import Metrics
from milepost.serving.openapi import DOCS, docs
from milepost.shipping.manifest import Package
from milepost.shipping.verify import require
from milepost.shipping.wire import Refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGE = 32_768
"""Bytes of a body from which it is answered in a thread, so that small requests do not wait for it."""
PLAIN_BYTES, MEDIA_BYTES = 10_000_000, 64_000_000
"""The largest body, unless said otherwise: of plain rows, and where a row holds images or sounds."""
FOREIGN = (
    b"multipart/",
    b"text/csv",
    b"text/html",
    b"application/xml",
    b"text/xml",
    b"image/",
    b"audio/",
    b"video/",
)
"""Content types that are surely not JSON; others are read as JSON, as curl names any body a form."""


class Settings(msgspec.Struct, frozen=True):
    """How a server runs.

    Args:
        package: path of the package.
        log: folder of the request log, or "" for none.
        most_bytes: largest body, bytes; 0 is 10 MB, or 64 MB where there are images or sounds.
        keep_media: bytes of images and sounds that are kept beside the log; 0 keeps none, only their digests.
        most_rows: most rows in one request.
        python: whether code that the package carries may run.
    """

    package: str
    log: str = ""
    most_bytes: int = 0
    most_rows: int = MOST
    keep_media: int = KEEP
    python: bool = False


class App:
    """An ASGI application that answers from one package.

    Args:
        package: the opened package, proven before.
        settings: limits and the log's folder; `package` in it is not read.

    Raises:
        Corrupt: the graph does not fit the manifest.
        EnvironmentProblem: the log cannot be written.
    """

    def __init__(self, package: Package, settings: Settings) -> None:
        manifest = package.manifest
        self.settings = settings
        self.answerer = Answerer(package, settings.most_rows)
        self.most_bytes = settings.most_bytes or (MEDIA_BYTES if self.answerer.media else PLAIN_BYTES)
        scribe = Scribe(Path(settings.log), self.answerer.media, settings.keep_media)
        rewrite = scribe if self.answerer.media else None
        self.log = Log(settings.log, manifest.name, manifest.version, rewrite) if settings.log else None
        self.metrics = Metrics(manifest, self.log)
        self.routes: Routes = {}
        for protocol in (native, tfserving, inference):
            self.routes |= protocol.routes(self.answerer)
        self.routes["/metrics"] = {"GET": lambda _: self.metrics.text()}
        self._upload = native.upload(self.answerer)
        self._docs = docs(manifest, self.most_bytes)
        self._page = native.page(manifest)
        self._version = manifest.version.encode()
        self._names: dict[str, str] = {path: _family(path) for path in self.routes}
        self._prefix, self._count = os.urandom(6).hex(), 0
        self._pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="milepost")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one ASGI scope."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                gc.collect()
                gc.freeze()  # what startup made stays: it need not be searched again and again
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self._pool.shutdown()
                if self.log is not None:
                    self.log.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        path = scope["path"]
        if path in DOCS:
            self.metrics.add("docs", 200, 0, 0.0)
            await self._docs(scope, receive, send)
            return
        given: dict[bytes, bytes] = dict(scope["headers"])
        request = self._id(given.get(b"x-request-id"))
        headers = [(b"x-request-id", request), (b"x-model-version", self._version)]
        wrong, size = "", 0
        try:
            handler = self._handler(scope["method"], path, given)
            body = await self._body(given, receive)
            if body is None:
                return  # the client went away
            size = len(body)
            if size > LARGE or self.answerer.media:
                loop = asyncio.get_running_loop()
                reply: Reply | Answered = await loop.run_in_executor(self._pool, handler, body)
            else:
                reply = handler(body)
        except Refused as problem:
            wrong = f"{problem.field}: {problem}" if problem.field else str(problem)
            reply = refusal(problem, path.startswith(("/v1/", "/v2/")))
            if problem.status == 405:
                headers.append((b"allow", ", ".join(self.routes[path]).encode()))
        except Exception:
            traceback.print_exc(file=sys.stderr)
            wrong = "the server failed"
            reply = Reply(b'{"error":{"what":"the server failed.","field":"","expected":""}}', 500)
        route, seconds = self._names.get(path, "other"), time.perf_counter() - start
        if isinstance(reply, Answered):
            status, kind = 200, b"application/json"
            self.metrics.add(route, 200, reply.height, seconds)
            if self.log is not None:
                record = _record(request, route, reply, seconds)
                self.log.put(record._replace(size=size) if self.answerer.media else record)
        else:
            status, kind = reply.status, reply.kind
            self.metrics.add(route, status, 0, seconds)
            if self.log is not None and wrong and scope["method"] == "POST":
                nothing = Answered(b"", 0, list, list)
                self.log.put(_record(request, route, nothing, seconds, status, wrong[:200]))
        headers += [(b"content-type", kind), (b"content-length", b"%d" % len(reply.body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    def _handler(self, method: str, path: str, given: dict[bytes, bytes]) -> Handler:
        methods = self.routes.get(path)
        if methods is None:
            near = did_you_mean(path[:200], self.routes)
            raise Refused(f"there is no route '{path[:200]}'.", "path", expected=near, status=404)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            what, allowed = f"{method[:20]} is not for '{path}'.", ", ".join(methods)
            raise Refused(what, "method", expected=f"{allowed}.", status=405)
        if method == "POST":
            kind = given.get(b"content-type", b"")
            if self._upload is not None and path == "/predict" and kind.lower().startswith(self._upload[0]):
                return self._upload[1]
            if kind != b"application/json" and kind.lower().startswith(FOREIGN):
                what = f"the body is {kind[:60].decode('latin-1')}."
                raise Refused(what, "content-type", expected="application/json", status=415)
            if given.get(b"content-encoding", b"identity") != b"identity":
                expected = "A body that is not compressed."
                raise Refused("the body is compressed.", "content-encoding", expected=expected, status=415)
            if b"inference-header-content-length" in given:
                field, expected = "inference-header-content-length", "All tensors as JSON."
                raise Refused("there are binary tensors.", field, expected=expected)
        elif path == "/" and b"text/html" in given.get(b"accept", b""):
            return lambda _: self._page
        return handler

    async def _body(self, given: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """The whole body, or None when the client left; one too large is read on, so that it is heard."""
        most = self.most_bytes
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body: bytes = message.get("body", b"")
        if len(body) <= most and not message.get("more_body"):
            return body
        declared = given.get(b"content-length", b"0")
        size, parts = len(body), [body]
        too_large = size > most or (declared.isdigit() and int(declared) > most)
        while message.get("more_body") and size <= 8 * most:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            size += len(message.get("body", b""))
            too_large = too_large or size > most
            if too_large:
                parts.clear()
            else:
                parts.append(message.get("body", b""))
        if too_large:
            raise Refused(
                f"the body is larger than {most} bytes.",
                "body",
                expected="Fewer rows, or a server started with --most-bytes.",
                status=413,
            )
        return b"".join(parts)

    def _id(self, given: bytes | None) -> bytes:
        """The client's request id where it is short plain text, else one of our own."""
        if given and len(given) <= 128 and given.isascii() and given.decode("ascii").isprintable():
            return given
        self._count += 1
        return f"{self._prefix}-{self._count:x}".encode()


def _family(path: str) -> str:
    if path.startswith("/v1/"):
        return "tfserving"
    return "inference" if path.startswith("/v2") else path.strip("/") or "index"


def _record(
    request: bytes, route: str, reply: Answered, seconds: float, status: int = 200, wrong: str = ""
) -> Record:
    name, now = request.decode(), time.time()
    return Record(now, name, route, reply.height, reply.rows, reply.answers, seconds, status, wrong)


VARIABLE = "MILEPOST_SERVING"
"""The environment variable by which worker processes get their settings."""


def create() -> App:
    """The application of a worker process, from the settings in its environment."""
    settings = msgspec.json.decode(os.environ[VARIABLE], type=Settings)
    if settings.python:
        trust()
    return App(require(settings.package), settings)
