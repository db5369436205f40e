import pytest

PREDICT = "/v1/models/toy-binary:predict"


def test_instances_are_answered_by_row(served, row):
    reply = served.http.post(PREDICT, json={"signature_name": "serving_default", "instances": [row, row]})
    assert reply.status_code == 200
    first, second = reply.json()["predictions"]
    native = served.http.post("/predict", json=row).json()["answers"][0]
    assert first == second
    assert set(first) == {"proba", "label", "decision"}
    assert first["proba"][1] == pytest.approx(native["proba_late"], abs=1e-6)
    assert (first["label"], first["decision"]) == (native["decision"], native["decision"] == "late")


def test_inputs_are_answered_by_column(served, row):
    columns = {name: [value, value] for name, value in row.items()}
    outputs = served.http.post(PREDICT, json={"inputs": columns}).json()["outputs"]
    assert len(outputs["proba"]) == len(outputs["label"]) == len(outputs["decision"]) == 2
    nested = {name: [[value], [value]] for name, value in row.items()}
    assert served.http.post(PREDICT, json={"inputs": nested}).json()["outputs"] == outputs
    instances = [{name: [value] for name, value in row.items()}]
    assert served.http.post(PREDICT, json={"instances": instances}).status_code == 200


def test_a_single_output_has_no_name(served_vector, row):
    reply = served_vector.http.post("/v1/models/toy-vector:predict", json={"instances": [row]})
    (values,) = reply.json()["predictions"]
    assert len(values) == 2
    columns = {name: [value] for name, value in row.items()}
    reply = served_vector.http.post("/v1/models/toy-vector:predict", json={"inputs": columns})
    assert reply.json()["outputs"] == [values]


def test_status_and_metadata(served):
    version = served.http.get("/v1/models/toy-binary").json()["model_version_status"][0]
    assert version["state"] == "AVAILABLE"
    described = served.http.get(f"/v1/models/toy-binary/versions/{version['version']}/metadata").json()
    signature = described["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["age"]["dtype"] == "DT_FLOAT"
    assert signature["outputs"]["proba"]["tensor_shape"]["dim"][1]["size"] == "2"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "instances"),
        ([], "body"),
        ({"instances": 3}, "instances"),
        ({"instances": []}, "rows"),
        ({"instances": [3]}, "rows"),
        ({"instances": [{}]}, "age"),
        ({"instances": [], "inputs": {}}, "inputs"),
        ({"inputs": []}, "inputs"),
        ({"inputs": {}}, "age"),
        ({"inputs": {"age": 3}}, "age"),
        ({"inputs": {"ages": [3]}}, "ages"),
        ({"instances": [], "signature_name": "other"}, "signature_name"),
        ({"instance": []}, "instance"),
    ],
)
def test_other_requests_are_refused_in_the_protocols_words(served, body, field):
    reply = served.http.post(PREDICT, json=body)
    assert reply.status_code == 400
    assert isinstance(reply.json()["error"], str)
    assert reply.json()["field"] == field


def test_a_model_that_is_not_served_is_not_found(served, row):
    reply = served.http.post("/v1/models/other:predict", json={"instances": [row]})
    assert reply.status_code == 404
    assert "toy-binary" in reply.json()["error"]


def test_bytes_may_be_written_as_tensorflow_serving_does(wide, served_wide):
    row = {column.name: column.example for column in wide["mixed"].manifest.columns}
    native = served_wide.http.post("/predict", json=row).json()["answers"][0]["proba_odd"]
    written = {**row, "photo": {"b64": row["photo"]}}
    for instance in (row, written, {**written, "photo": [written["photo"]]}):
        reply = served_wide.http.post("/v1/models/wide:predict", json={"instances": [instance]})
        assert reply.json()["predictions"][0]["proba"][1] == pytest.approx(native, abs=1e-6)
    columns = {name: [value] for name, value in written.items()}
    found = served_wide.http.post("/v1/models/wide:predict", json={"inputs": columns}).json()["outputs"]
    assert found["proba"][0][1] == pytest.approx(native, abs=1e-6)
    wrong = {**row, "message": {"b64": row["photo"]}}
    assert served_wide.http.post("/v1/models/wide:predict", json={"instances": [wrong]}).status_code == 400
