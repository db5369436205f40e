import time

import pytest

from milepost.graphs.builder import Builder
from milepost.serving.answer import Answerer
from milepost.serving.codec import decode, encode
from milepost.serving.inference import infer
from milepost.shipping.manifest import Column, open_package
from milepost.shipping.package import Contents, build

INFER = "/v2/models/toy-binary/infer"
KINDS = {"age": "FP32", "seats": "INT64", "carrier": "BYTES", "day": "BYTES", "member": "BOOL"}


def tensors(row, count=1, **changes):
    made = [
        {"name": name, "shape": [count, 1], "datatype": KINDS[name], "data": [value] * count}
        for name, value in row.items()
    ]
    for tensor in made:
        tensor.update(changes.get(tensor["name"], {}))
    return {"id": "42", "inputs": made}


def test_named_tensors_are_answered(served, row):
    reply = served.http.post(INFER, json=tensors(row, 2))
    assert reply.status_code == 200
    found = reply.json()
    native = served.http.post("/predict", json=row).json()["answers"][0]
    outputs = {output["name"]: output for output in found["outputs"]}
    assert (found["model_name"], found["id"]) == ("toy-binary", "42")
    assert outputs["proba"]["shape"] == [2, 2]
    assert outputs["proba"]["data"][1] == pytest.approx(native["proba_late"], abs=1e-6)
    assert outputs["label"] == {
        "name": "label",
        "datatype": "BYTES",
        "shape": [2, 1],
        "data": [native["decision"]] * 2,
    }
    assert outputs["decision"]["data"] == [native["decision"] == "late"] * 2


def test_flat_and_nested_data_seconds_and_null_are_taken(served, row):
    first = served.http.post(INFER, json=tensors(row)).json()["outputs"]
    seconds = {"datatype": "INT64", "shape": [1], "data": [1367366400]}
    changes = {"age": {"data": [[30]], "datatype": "INT32"}, "day": seconds}
    assert served.http.post(INFER, json=tensors(row, **changes)).json()["outputs"] == first
    assert served.http.post(INFER, json=tensors(row, age={"data": [None]})).status_code == 200


def test_outputs_can_be_chosen(served, row):
    found = served.http.post(INFER, json={**tensors(row), "outputs": [{"name": "label"}]}).json()
    assert [output["name"] for output in found["outputs"]] == ["label"]
    reply = served.http.post(INFER, json={**tensors(row), "outputs": [{"name": "lable"}]})
    assert reply.status_code == 400
    assert "Did you mean 'label'" in reply.json()["error"]


def test_metadata_and_health(served):
    assert served.http.get("/v2").json()["name"] == "milepost"
    assert served.http.get("/v2/health/live").json() == {"live": True}
    assert served.http.get("/v2/health/ready").json() == {"ready": True}
    assert served.http.get("/v2/models/toy-binary/ready").json() == {"name": "toy-binary", "ready": True}
    described = served.http.get("/v2/models/toy-binary").json()
    assert {tensor["name"]: tensor["datatype"] for tensor in described["inputs"]} == KINDS
    assert {"name": "proba", "datatype": "FP32", "shape": [-1, 2]} in described["outputs"]
    version = described["versions"][0]
    assert served.http.get(f"/v2/models/toy-binary/versions/{version}/ready").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"age": {"datatype": "BYTES"}}, "age"),
        ({"age": {"datatype": 3}}, "age"),
        ({"age": {"datatype": ["FP32"]}}, "age"),
        ({"carrier": {"datatype": "FP32"}}, "carrier"),
        ({"age": {"shape": [2, 1]}}, "age"),
        ({"age": {"shape": None}}, "age"),
        ({"age": {"data": 3}}, "age"),
        ({"age": {"data": ["x"]}}, "age"),
        ({"age": {"data": [1, 2], "shape": [2]}}, "seats"),
        ({"age": {"name": "agee"}}, "agee"),
        ({"age": {"name": "seats", "datatype": "INT64"}}, "seats"),
        ({"age": {"name": 3}}, "inputs"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(served, row, changes, field):
    reply = served.http.post(INFER, json=tensors(row, **changes))
    assert reply.status_code == 400
    assert isinstance(reply.json()["error"], str)
    assert reply.json()["field"] == field


@pytest.mark.parametrize("body", [{}, [], {"inputs": {}}, {"inputs": [3]}, {"inputs": []}])
def test_bodies_of_another_shape_are_refused(served, body):
    assert served.http.post(INFER, json=body).status_code == 400


def test_binary_tensors_are_refused(served, row):
    headers = {"Inference-Header-Content-Length": "10"}
    reply = served.http.post(INFER, json=tensors(row), headers=headers)
    assert (reply.status_code, reply.json()["field"]) == (400, "inference-header-content-length")


def test_texts_and_pictures_are_bytes(wide, served_wide):
    manifest = wide["mixed"].manifest
    row = {column.name: column.example for column in manifest.columns}
    described = served_wide.http.get("/v2/models/wide").json()["inputs"]
    assert {t["name"]: t["datatype"] for t in described} == {
        "age": "FP32",
        "message": "BYTES",
        "photo": "BYTES",
    }
    asked = [{**t, "shape": [2, 1], "data": [row[t["name"]], None]} for t in described]
    outputs = served_wide.http.post("/v2/models/wide/infer", json={"inputs": asked}).json()["outputs"]
    proba = next(output["data"] for output in outputs if output["name"] == "proba")
    native = served_wide.http.post("/predict", json=[row, dict.fromkeys(row)]).json()["answers"]
    assert [proba[1], proba[3]] == pytest.approx([answer["proba_odd"] for answer in native], abs=1e-6)
    asked[2]["datatype"] = "UINT8"
    reply = served_wide.http.post("/v2/models/wide/infer", json={"inputs": asked})
    assert (reply.status_code, reply.json()["field"], reply.json()["expected"]) == (400, "photo", "BYTES")


def test_a_column_of_a_wide_request_takes_no_longer_than_one_of_a_narrow_request(tmp_path):
    def took(width):
        names = [f"x{i}" for i in range(width)]
        builder = Builder()
        doors = [builder.input(name, "float") for name in names]
        builder.output(builder.cast(builder.node("Sum", *doors), "double"), "value", "double", 1)
        made = Contents(
            name="sum",
            task={"name": "regression", "targets": ["y"]},
            columns=tuple(Column(name, "float", "number", "float") for name in names),
            rows={name: [1.0] for name in names},
            answers={"value": [[float(width)]]},
        )
        build(tmp_path / str(width), builder.model(), made)
        answerer = Answerer(open_package(tmp_path / str(width)))
        tensors = [{"name": n, "datatype": "FP32", "shape": [2, 1], "data": [1.0, 2.0]} for n in names]
        body, seconds = encode({"inputs": tensors}), []
        for _ in range(5):
            start = time.perf_counter()
            reply = infer(answerer, body)
            seconds.append(time.perf_counter() - start)
        assert decode(reply.body)["outputs"][0]["data"] == [width, 2 * width]
        return min(seconds) / width

    assert took(3000) < 4 * took(100)
