import pytest

from milepost.serving.openapi import schema
from milepost.testing.packages import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_every_reference_is_defined_and_every_example_fits(packages, task):
    made = schema(packages[task].manifest, 1000)

    def references(part):
        if isinstance(part, dict):
            found = {part["$ref"]} if "$ref" in part else set()
            return found.union(*map(references, part.values()))
        return set().union(*map(references, part)) if isinstance(part, list) else set()

    for reference in references(made):
        assert reference.split("/")[-1] in made["components"]["schemas"]
    row = made["components"]["schemas"]["Row"]
    assert set(row["example"]) == set(row["required"]) == {c.name for c in packages[task].manifest.columns}


def test_every_example_of_the_page_is_answered(served):
    made = served.http.get("/openapi.json").json()
    tried = 0
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            body = (
                operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            )
            reply = served.http.request(method.upper(), path, **({"json": body} if body else {}))
            assert reply.status_code == 200, (path, reply.text)
            tried += body is not None
    assert tried == 3


def test_the_answers_are_those_described(served, row):
    made = served.http.get("/openapi.json").json()
    described = made["components"]["schemas"]["Answers"]["properties"]["answers"]["items"]["properties"]
    assert set(served.http.post("/predict", json=row).json()["answers"][0]) == set(described)


def test_encodings_of_texts_and_pictures_are_described(wide):
    row = schema(wide["mixed"].manifest, 1000)["components"]["schemas"]["Row"]["properties"]
    assert (row["photo"]["contentEncoding"], row["photo"]["contentMediaType"]) == ("base64", "image/*")
    assert row["photo"]["type"] == row["message"]["type"] == ["string", "null"]
    assert "16,384 bytes" in row["message"]["description"]
    alone = schema(wide["photo"].manifest, 1000)["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert set(alone) == {"application/json", "image/*"}
    mixed = schema(wide["mixed"].manifest, 1000)["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert set(mixed) == {"application/json"}
