"""The Open Inference Protocol, version 2 (REST): one named tensor a column."""

from __future__ import annotations

from typing import Any

import milepost
from milepost.digest import Json
from milepost.errors import did_you_mean
from milepost.serving.answer import Answerer
from milepost.serving.codec import Answered, Reply, Routes, decode, encode, member, objectlike
from milepost.shipping.manifest import Column
from milepost.shipping.wire import Array, Refused, quote

FLOATS = frozenset(("FP16", "BF16", "FP32", "FP64"))
INTEGERS = frozenset(f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))
ACCEPTED = {
    "float": FLOATS | INTEGERS,
    "int": FLOATS | INTEGERS,
    "bool": frozenset(("BOOL",)) | INTEGERS,
    "text": frozenset(("BYTES",)),
    "image": frozenset(("BYTES",)),
    "sound": frozenset(("BYTES",)),
    "date": INTEGERS | {"BYTES", "FP64"},
    "datetime": INTEGERS | {"BYTES", "FP64"},
}
OUTPUTS = {"proba": "FP32", "label": "BYTES", "decision": "INT64", "value": "FP64"}


def datatype(column: Column) -> str:
    """The datatype in which a column is best sent; moments as text, ISO 8601, images and sounds as base64."""
    if column.dtype == "float":
        return "FP32" if column.wire == "float" else "FP64"
    return {"int": "INT64", "bool": "BOOL"}.get(column.dtype, "BYTES")


def routes(answerer: Answerer) -> Routes:
    """Health, metadata and inference of the one model, with and without its version."""
    manifest = answerer.manifest
    about = {"name": "milepost", "version": milepost.__version__, "extensions": []}
    server, live, ready = Reply(encode(about)), Reply(encode({"live": True})), Reply(encode({"ready": True}))
    described = Reply(encode(metadata(answerer)))
    here = Reply(encode({"name": manifest.name, "ready": True}))
    made: Routes = {
        "/v2": {"GET": lambda _: server},
        "/v2/health/live": {"GET": lambda _: live},
        "/v2/health/ready": {"GET": lambda _: ready},
    }
    for stem in (f"/v2/models/{manifest.name}", f"/v2/models/{manifest.name}/versions/{manifest.version}"):
        made[stem] = {"GET": lambda _: described}
        made[f"{stem}/ready"] = {"GET": lambda _: here}
        made[f"{stem}/infer"] = {"POST": lambda body: infer(answerer, body)}
    return made


def metadata(answerer: Answerer) -> Json:
    """The model's inputs and outputs; a shape of -1 is the number of rows."""
    manifest = answerer.manifest
    widths = manifest.widths
    return {
        "name": manifest.name,
        "versions": [manifest.version],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": c.name, "datatype": datatype(c), "shape": [-1, 1]} for c in manifest.columns],
        "outputs": [
            {"name": name, "datatype": OUTPUTS[name], "shape": [-1, widths.get(name, 1)]}
            for name in manifest.stages[0].outputs
        ],
    }


def infer(answerer: Answerer, body: bytes) -> Answered:
    """Answers named tensors of shape [rows] or [rows, 1] with the graph's outputs as tensors.

    A missing value is null in `data`. Binary tensors are not accepted.

    Raises:
        Refused: the request or a value cannot be answered.
    """
    asked = objectlike(decode(body))
    columns: dict[str, list[Json]] = {}
    for tensor in member(asked, "inputs", list):
        name, values = _tensor(answerer, tensor)
        if name in columns:
            raise Refused(f"'{name}' is there twice.", name, expected="One tensor a column.")
        columns[name] = values
    wanted = _wanted(answerer, asked)
    outputs = answerer.run_columns(columns)
    reply: dict[str, Json] = {
        "model_name": answerer.manifest.name,
        "model_version": answerer.manifest.version,
    }
    if isinstance(asked.get("id"), str):
        reply["id"] = asked["id"]
    pairs = zip(answerer.runner.outputs, outputs, strict=True)
    reply["outputs"] = [_output(name, output) for name, output in pairs if name in wanted]

    def rows() -> list[Any]:
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    return Answered(encode(reply), len(outputs[0]), rows, lambda: answerer.shape(outputs, rows()))


def _output(name: str, output: Array) -> Json:
    data = output.ravel().tolist()
    return {"name": name, "datatype": OUTPUTS.get(name, "BYTES"), "shape": list(output.shape), "data": data}


def _wanted(answerer: Answerer, asked: dict[str, Any]) -> frozenset[str]:
    names = answerer.runner.outputs
    if not asked.get("outputs"):
        return frozenset(names)
    chosen = []
    for output in member(asked, "outputs", list):
        name = output.get("name") if isinstance(output, dict) else None
        if name not in names:
            raise Refused(
                f"there is no output {quote(name)}.", "outputs", expected=did_you_mean(str(name), names)
            )
        chosen.append(str(name))
    return frozenset(chosen)


def _tensor(answerer: Answerer, tensor: Json) -> tuple[str, list[Json]]:
    if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
        expected = "An object with name, shape, datatype and data."
        raise Refused(f"an input is {quote(tensor)}, without a name.", "inputs", expected=expected)
    name, kind = tensor["name"], tensor.get("datatype")
    shown = name[:200]
    column = answerer.described.get(name)
    if column is not None and not (isinstance(kind, str) and kind in ACCEPTED[column.dtype]):
        raise Refused(f"'{shown}' has the datatype {quote(kind)}.", shown, expected=datatype(column))
    data, shape = tensor.get("data"), tensor.get("shape")
    if not isinstance(data, list):
        raise Refused(f"'{shown}' has no list 'data'.", shown, expected="A list of values, one a row.")
    nested = len(data) > 0 and all(isinstance(item, list) and len(item) == 1 for item in data)
    values = [item[0] for item in data] if nested else data
    if shape not in ([len(values)], [len(values), 1]):
        raise Refused(
            f"'{shown}' has {len(values)} values, not its shape.", shown, expected="[rows] or [rows, 1]."
        )
    return name, values
