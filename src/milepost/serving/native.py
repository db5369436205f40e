"""The native protocol: rows as JSON objects by column name, and the server's own pages."""

from __future__ import annotations

from html import escape
from typing import Any

from milepost.digest import Json
from milepost.modalities.doors import BLANKS
from milepost.serving.answer import Answerer
from milepost.serving.codec import Answered, Handler, Reply, Routes, decode, encode
from milepost.shipping import inline
from milepost.shipping.manifest import Column, Manifest
from milepost.shipping.wire import Refused, quote


def routes(answerer: Answerer) -> Routes:
    """`POST /predict`, `GET /`, `/livez` and `/readyz`."""
    about = Reply(encode(facts(answerer.manifest)))
    alive = Reply(encode({"live": True}))
    ready = Reply(
        encode({"ready": True, "model": answerer.manifest.name, "version": answerer.manifest.version})
    )

    def predict(body: bytes) -> Answered:
        rows = rows_of(decode(body), answerer)
        answers = answerer.answer(rows)
        return Answered(encode({"answers": answers}), len(rows), lambda: rows, lambda: answers)

    return {
        "/predict": {"POST": predict},
        "/": {"GET": lambda _: about},
        "/livez": {"GET": lambda _: alive},
        "/readyz": {"GET": lambda _: ready},
    }


def upload(answerer: Answerer) -> tuple[bytes, Handler] | None:
    """The content type and the handler of one bare image or sound, where a row is nothing else; or None."""
    if len(answerer.columns) != 1 or not answerer.media:
        return None
    ((name, kind),) = answerer.media.items()

    def predict(body: bytes) -> Answered:
        rows = [{name: inline.pack(body)}]
        answers = answerer.answer(rows)
        return Answered(encode({"answers": answers}), 1, lambda: rows, lambda: answers)

    return inline.WORDS[kind].encode(), predict


def rows_of(body: Json, answerer: Answerer) -> list[Any]:
    """The rows of a body: `{"rows": [...]}`, a list of rows, or one row.

    Raises:
        Refused: it is none of these.
    """
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        expected = 'A row, a list of rows, or {"rows": [...]}.'
        raise Refused(f"the body is {quote(body)}.", "body", expected=expected)
    if "rows" not in body or "rows" in answerer.columns:
        return [body]
    if len(body) > 1:
        other = next(name for name in body if name != "rows")
        raise Refused(f"there is {quote(other)} beside 'rows'.", other[:200], expected="Only 'rows'.")
    if not isinstance(body["rows"], list):
        raise Refused(f"'rows' is {quote(body['rows'])}.", "rows", expected="A list of rows.")
    return body["rows"]


def example(manifest: Manifest) -> dict[str, Json]:
    """A row that can be sent as it is, of the columns' synthetic examples."""
    return {column.name: column.example for column in manifest.columns}


def facts(manifest: Manifest) -> dict[str, Json]:
    """What the server says of itself."""
    name = manifest.name
    signed = manifest.threshold
    one = None if signed is None else {"value": signed.value, "label": signed.label}
    return {
        "model": name,
        "version": manifest.version,
        "task": manifest.task,
        "threshold": one if manifest.exclusive else manifest.cuts or None,
        "columns": [{"name": c.name, "dtype": c.dtype, "example": c.example} for c in manifest.columns],
        "keys": list(manifest.keys),
        "routes": {
            "predict": "POST /predict",
            "tensorflow_serving": f"POST /v1/models/{name}:predict",
            "open_inference": f"POST /v2/models/{name}/infer",
            "health": ["/livez", "/readyz"],
            "metrics": "/metrics",
            "try it": "/docs",
            "schema": "/openapi.json",
        },
        "example": {"rows": [example(manifest)]},
    }


def command(manifest: Manifest, address: str) -> str:
    """A command that asks the model for the answer to a row."""
    only = manifest.columns[0]
    if len(manifest.columns) == 1 and only.wire in BLANKS:
        file, kind = ("photo.jpg", "image/jpeg") if only.dtype == "image" else ("clip.wav", "audio/wav")
        return f"curl -H 'Content-Type: {kind}' --data-binary @{file} {address}"
    body = encode({"rows": [example(manifest)]}).decode().replace("'", "'\\''")
    return f"curl -H 'Content-Type: application/json' -d '{body}' {address}"


def _shown(column: Column) -> str:
    """An example in a table: a picture as one, a sound with a player, texts cut where they are long."""
    value = str(column.example)
    if column.wire == "pixels":
        return f"<img src='data:;base64,{escape(value)}' alt='made by program' height=72>"
    if column.wire == "wave":
        return f"<audio controls src='data:audio/wav;base64,{escape(value)}'></audio>"
    return escape(value if len(value) <= 200 else f"{value[:200]}…")


def page(manifest: Manifest) -> Reply:
    """The same for people: a small page without scripts."""
    cells = "".join(
        f"<tr><td>{escape(c.name)}</td><td>{c.dtype}</td><td>{_shown(c)}</td></tr>" for c in manifest.columns
    )
    curl = command(manifest, "http://localhost:8080/predict")
    html = (
        f"<!doctype html><meta charset=utf-8><title>{escape(manifest.name)}</title>"
        "<style>body{font:16px/1.5 system-ui;max-width:50em;margin:2em auto;padding:0 1em}"
        "td,th{text-align:left;padding:.1em 1em .1em 0}"
        "pre{white-space:pre-wrap;overflow-wrap:anywhere;max-height:16em;overflow:auto}</style>"
        f"<h1>{escape(manifest.name)}</h1><p>Version {manifest.version}. "
        "<a href=/docs>Try it</a> · <a href=/openapi.json>OpenAPI</a> · <a href=/metrics>Metrics</a></p>"
        f"<table><tr><th>column<th>type<th>example</tr>{cells}</table><pre>{escape(curl)}</pre>"
    )
    return Reply(html.encode(), 200, b"text/html; charset=utf-8")
