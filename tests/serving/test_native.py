import pytest


@pytest.mark.parametrize("wrap", [lambda r: {"rows": [r]}, lambda r: [r], lambda r: r])
def test_a_row_a_list_and_rows_are_answered(served, row, wrap):
    reply = served.http.post("/predict", json=wrap({**row, "id": 7}))
    assert reply.status_code == 200
    (answer,) = reply.json()["answers"]
    assert list(answer) == ["id", "prediction", "proba_on time", "proba_late", "decision"]
    assert answer["id"] == 7
    assert answer["proba_on time"] + answer["proba_late"] == pytest.approx(1)
    assert answer["decision"] == ("late" if answer["proba_late"] >= 0.4 else "on time")
    assert answer["prediction"] == ("late" if answer["proba_late"] >= 0.5 else "on time")


def test_many_rows_are_answered_in_order(served, row):
    rows = [{**row, "age": i % 90, "id": i} for i in range(1000)]
    reply = served.http.post("/predict", json={"rows": rows})
    assert [answer["id"] for answer in reply.json()["answers"]] == list(range(1000))
    one = served.http.post("/predict", json=rows[17]).json()["answers"][0]
    assert one["proba_late"] == pytest.approx(reply.json()["answers"][17]["proba_late"], abs=1e-6)


def test_vector_regression_is_answered_by_target(served_vector, row):
    (answer,) = served_vector.http.post("/predict", json=row).json()["answers"]
    assert set(answer) == {"prediction_delay", "prediction_taxi"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rows": 3}, "rows"),
        ({"rows": [], "x": 1}, "x"),
        ({"rows": []}, "rows"),
        ([], "rows"),
        (3, "body"),
        ("row", "body"),
        (None, "body"),
        ({}, "age"),
        ([[1]], "rows"),
    ],
)
def test_bodies_of_another_shape_are_refused(served, body, field):
    reply = served.http.post("/predict", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["field"] == field


def test_the_index_shows_an_example_that_can_be_sent(served):
    facts = served.http.get("/").json()
    assert (facts["model"], facts["threshold"]) == ("toy-binary", {"value": 0.4, "label": "late"})
    assert served.http.post("/predict", json=facts["example"]).status_code == 200
    page = served.http.get("/", headers={"accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert "carrier" in page.text
    assert "<script" not in page.text


def test_health(served):
    assert served.http.get("/livez").json() == {"live": True}
    assert served.http.get("/readyz").json()["model"] == "toy-binary"
    assert served.http.head("/readyz").status_code == 200
