"""The OpenAPI schema of a package's server, and the page on which to try it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from milepost.digest import Json
from milepost.modalities.doors import BLANKS, TEXT_BYTES
from milepost.serving.inference import datatype
from milepost.serving.native import example
from milepost.serving.trial import page
from milepost.shipping import inline
from milepost.shipping.manifest import Column, Manifest

DOCS = frozenset(("/docs", "/openapi.json"))
ROW, ROWS, ANSWERS, ERROR = (
    {"$ref": f"#/components/schemas/{name}"} for name in ("Row", "Rows", "Answers", "Error")
)
REFUSALS = {
    "400": "A field is unknown, missing or of the wrong type, or the body is no JSON; the answer names it",
    "413": "The body is too large, or holds too many rows",
    "415": "The body is not JSON by its content type",
    "422": "The model has no finite answer to numbers so far from those it learnt from",
}


def docs(manifest: Manifest, most_bytes: int) -> FastAPI:
    """The application for `/docs` and `/openapi.json`; all other routes are raw ASGI.

    FastAPI's own page loads its script from a public network; ours needs none.
    """
    app = FastAPI(title=manifest.name, version=manifest.version, docs_url=None, redoc_url=None)
    made, trial = schema(manifest, most_bytes), page(manifest)
    app.openapi = lambda: made  # type: ignore[method-assign]
    app.add_api_route("/docs", lambda: trial, response_class=HTMLResponse, include_in_schema=False)
    return app


def schema(manifest: Manifest, most_bytes: int) -> dict[str, Any]:
    """The OpenAPI 3.1 description of all routes, with an example row that can be sent as it is."""
    row, name = example(manifest), manifest.name
    keys: dict[str, Json] = {key: {"description": "Passed through."} for key in manifest.keys}
    answers = {"type": "array", "items": {"type": "object", "properties": _answers(manifest)}}
    error = {
        "type": "object",
        "properties": {part: {"type": "string"} for part in ("what", "field", "expected")},
    }
    columns = [column.name for column in manifest.columns]
    schemas = {
        "Row": {
            "type": "object",
            "properties": {**{c.name: _property(c) for c in manifest.columns}, **keys},
            "required": columns,
            "additionalProperties": False,
            "example": row,
        },
        "Rows": {
            "type": "object",
            "properties": {"rows": {"type": "array", "items": ROW}},
            "required": ["rows"],
        },
        "Answers": {"type": "object", "properties": {"answers": answers}, "required": ["answers"]},
        "Error": {"type": "object", "properties": {"error": error}, "required": ["error"]},
    }
    about = f"Bodies up to {most_bytes} bytes. Send null where a value is not known."
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": manifest.version, "description": about},
        "paths": {
            "/predict": {"post": _predict(row, manifest)},
            **_tensorflow(manifest, row),
            **_open(manifest, row),
            **_pages(),
        },
        "components": {"schemas": schemas},
    }


def _property(column: Column) -> Json:
    if column.wire in BLANKS:
        return {
            "type": ["string", "null"],
            "contentEncoding": "base64",
            "contentMediaType": inline.WORDS[column.dtype] + "*",
            "description": f"The bytes of one {column.dtype} file in base64, or a data: URL; at most "
            f"{inline.MOST // 1_000_000} MB. Nothing is fetched from an address.",
            "examples": [column.example],
        }
    if column.wire == "bytes":
        about = (
            f"Read as it is: no case, normal form or white space is changed. Of its UTF-8 the first "
            f"{TEXT_BYTES:,} bytes count, and U+0000 is read as a space."
        )
        return {"type": ["string", "null"], "description": about, "examples": [column.example]}
    kinds = {"float": "number", "int": "number", "bool": "boolean", "text": "string"}
    if column.dtype in kinds:
        return {"type": [kinds[column.dtype], "null"], "examples": [column.example]}
    text = {"type": "string", "description": "ISO 8601; UTC where no zone is given"}
    seconds = {"type": "number", "description": "seconds since 1970"}
    return {"anyOf": [text, seconds, {"type": "null"}], "examples": [column.example]}


def _answers(manifest: Manifest) -> dict[str, Json]:
    if not manifest.labels:
        names = (
            ["prediction"] if len(manifest.targets) <= 1 else [f"prediction_{t}" for t in manifest.targets]
        )
        return {name: {"type": "number"} for name in names}
    one: dict[str, Json] = {"enum": list(manifest.labels)}
    told = one if manifest.exclusive else {"type": "array", "items": one}
    made: dict[str, Json] = {"prediction": told}
    made |= {f"proba_{label}": {"type": "number", "minimum": 0, "maximum": 1} for label in manifest.labels}
    if manifest.cuts:
        each = [f"{label} from a probability of {value:g}" for label, value in manifest.cuts.items()]
        made["decision"] = {**told, "description": ", ".join(each)}
    return made


def _content(schema: Json, value: Json = None) -> Json:
    body: dict[str, Json] = {"schema": schema}
    return {"application/json": body if value is None else {**body, "example": value}}


def _operation(title: str, tag: str, body: Json = None, answer: Json = None) -> dict[str, Json]:
    made: dict[str, Json] = {"summary": title, "tags": [tag], "responses": {"200": {"description": "Fine"}}}
    if answer is not None:
        made["responses"]["200"]["content"] = _content(answer)
    if body is not None:
        made["requestBody"] = {"required": True, "content": body}
        made["responses"] |= {
            code: {"description": text, "content": _content(ERROR)} for code, text in REFUSALS.items()
        }
    return made


def _predict(row: Json, manifest: Manifest) -> Json:
    body = _content({"anyOf": [ROWS, {"type": "array", "items": ROW}, ROW]}, {"rows": [row]})
    only = manifest.columns[0]
    if len(manifest.columns) == 1 and only.wire in BLANKS:  # the file itself may be sent
        body = {**body, inline.WORDS[only.dtype] + "*": {}}
    return _operation("Answer rows", "predict", body, ANSWERS)


def _tensorflow(manifest: Manifest, row: Json) -> dict[str, Json]:
    stem, tag = f"/v1/models/{manifest.name}", "TensorFlow Serving"
    asked = {"type": "object", "properties": {"instances": {"type": "array"}, "inputs": {"type": "object"}}}
    return {
        f"{stem}:predict": {"post": _operation("Answer rows", tag, _content(asked, {"instances": [row]}))},
        stem: {"get": _operation("Status of the model", tag)},
        f"{stem}/metadata": {"get": _operation("Signature of the model", tag)},
    }


def _open(manifest: Manifest, row: dict[str, Json]) -> dict[str, Json]:
    stem, tag = f"/v2/models/{manifest.name}", "Open Inference Protocol"
    tensors = [
        {"name": c.name, "datatype": datatype(c), "shape": [1, 1], "data": [row[c.name]]}
        for c in manifest.columns
    ]
    asked = {"type": "object", "properties": {"inputs": {"type": "array"}}, "required": ["inputs"]}
    return {
        f"{stem}/infer": {
            "post": _operation("Answer named tensors", tag, _content(asked, {"inputs": tensors}))
        },
        stem: {"get": _operation("Inputs and outputs of the model", tag)},
        f"{stem}/ready": {"get": _operation("Is the model ready", tag)},
        "/v2": {"get": _operation("The server", tag)},
        "/v2/health/live": {"get": _operation("Is the server alive", tag)},
        "/v2/health/ready": {"get": _operation("Is the server ready", tag)},
    }


def _pages() -> dict[str, Json]:
    titles = {
        "/": "The model in short",
        "/livez": "Is the process alive",
        "/readyz": "Can it answer",
        "/metrics": "Counters for Prometheus",
    }
    return {path: {"get": _operation(title, "server")} for path, title in titles.items()}
