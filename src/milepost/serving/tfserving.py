"""The REST protocol of TensorFlow Serving: row format (`instances`) and column format (`inputs`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from milepost.digest import Json
from milepost.serving.answer import Answerer
from milepost.serving.codec import Answered, Reply, Routes, decode, encode, member, objectlike
from milepost.shipping.manifest import Manifest
from milepost.shipping.wire import Refused

DTYPES = {"float": "DT_FLOAT", "int": "DT_INT64", "bool": "DT_BOOL", "text": "DT_STRING"}
OUTPUTS = {"proba": "DT_FLOAT", "label": "DT_STRING", "decision": "DT_INT64", "value": "DT_DOUBLE"}
KNOWN = ("instances", "inputs", "signature_name")


def routes(answerer: Answerer) -> Routes:
    """Prediction, status and metadata of the one model, with and without its version."""
    manifest = answerer.manifest
    status = Reply(encode(state(manifest)))
    described = Reply(encode(metadata(answerer)))
    made: Routes = {}
    for stem in (f"/v1/models/{manifest.name}", f"/v1/models/{manifest.name}/versions/{manifest.version}"):
        made[f"{stem}:predict"] = {"POST": lambda body: predict(answerer, body)}
        made[stem] = {"GET": lambda _: status}
        made[f"{stem}/metadata"] = {"GET": lambda _: described}
    return made


def predict(answerer: Answerer, body: bytes) -> Answered:
    """Answers in the format asked in: `predictions` a row for `instances`, `outputs` a column for `inputs`.

    Raises:
        Refused: the request or a value cannot be answered.
    """
    asked = objectlike(decode(body))
    for name in asked:
        if name not in KNOWN:
            raise Refused(
                f"there is no field '{name[:60]}'.", name[:200], expected="One of " + ", ".join(KNOWN)
            )
    if asked.get("signature_name", "serving_default") != "serving_default":
        raise Refused("there is no such signature.", "signature_name", expected="serving_default")
    if "inputs" in asked and "instances" in asked:
        raise Refused("there are both 'inputs' and 'instances'.", "inputs", expected="One of them.")
    if "inputs" in asked:
        given = member(asked, "inputs", dict)
        columns = {name: _column(name, value, name in answerer.media) for name, value in given.items()}
        outputs = answerer.run_columns(columns)
        named = {name: output.tolist() for name, output in zip(answerer.runner.outputs, outputs, strict=True)}
        body = encode({"outputs": _alone(named)})
        count = len(outputs[0])
        rows = _transposed(columns)
        return Answered(body, count, rows, lambda: answerer.shape(outputs, rows()))
    instances = [_row(instance, answerer.media) for instance in member(asked, "instances", list)]
    outputs = answerer.run(instances)
    lists = [output.tolist() for output in outputs]
    names = answerer.runner.outputs
    predictions = [_alone(dict(zip(names, map(_item, row), strict=True))) for row in zip(*lists, strict=True)]
    body = encode({"predictions": predictions})
    return Answered(body, len(instances), lambda: instances, lambda: answerer.shape(outputs, instances))


def _transposed(columns: dict[str, list[Json]]) -> Any:
    return lambda: [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _row(instance: Json, media: Collection[str]) -> Json:
    """A row whose values may be lists of one, as tensors of shape (1,) are written."""
    if not isinstance(instance, dict):
        return instance
    return {name: _scalar(value, name in media) for name, value in instance.items()}


def _scalar(value: Json, media: bool) -> Json:
    """One value; bytes may be `{"b64": "..."}`, as TensorFlow Serving writes them."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    return one["b64"] if media and isinstance(one, dict) and one.keys() == {"b64"} else one


def _column(name: str, value: Json, media: bool) -> list[Json]:
    if not isinstance(value, list):
        raise Refused(f"'{name[:60]}' is no list.", name[:200], expected="A list of values, one a row.")
    return [_scalar(item, media) for item in value]


def _item(value: Json) -> Json:
    """An output of one number or text a row, without the list around it; probabilities stay a list."""
    return value[0] if len(value) == 1 else value


def _alone(outputs: dict[str, Json]) -> Json:
    """TensorFlow Serving leaves out the name of an output that is the only one."""
    return next(iter(outputs.values())) if len(outputs) == 1 else outputs


def state(manifest: Manifest) -> Json:
    """The model's status."""
    fine = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": manifest.version, "state": "AVAILABLE", "status": fine}]}


def metadata(answerer: Answerer) -> Json:
    """The model's signature."""
    manifest = answerer.manifest
    widths = manifest.widths
    inputs = {c.name: _tensor(c.name, DTYPES.get(c.dtype, "DT_STRING"), "1") for c in manifest.columns}
    outputs = {
        name: _tensor(name, OUTPUTS[name], str(widths.get(name, 1))) for name in manifest.stages[0].outputs
    }
    signature = {"inputs": inputs, "outputs": outputs, "method_name": "tensorflow/serving/predict"}
    return {
        "model_spec": {"name": manifest.name, "signature_name": "", "version": manifest.version},
        "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}},
    }


def _tensor(name: str, dtype: str, width: str) -> Json:
    dims = [{"size": "-1", "name": ""}, {"size": width, "name": ""}]
    return {"dtype": dtype, "tensor_shape": {"dim": dims, "unknown_rank": False}, "name": f"{name}:0"}
