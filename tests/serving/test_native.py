import base64

import pytest

from milepost.serving.native import command


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


def test_texts_and_pictures_get_the_answers_of_the_package(wide, served_wide):
    package = wide["mixed"]
    rows = [
        dict(zip(package.rows, values, strict=True)) for values in zip(*package.rows.values(), strict=True)
    ]
    found = served_wide.http.post("/predict", json={"rows": rows}).json()["answers"]
    assert [a["proba_odd"] for a in found] == pytest.approx(
        [p[1] for p in package.answers["proba"]], abs=1e-5
    )
    one = served_wide.http.post("/predict", json=rows[3]).json()["answers"][0]
    assert one["proba_odd"] == pytest.approx(found[3]["proba_odd"], abs=1e-6)


def test_one_picture_may_be_sent_as_it_is(wide, serve, served_wide):
    value = wide["photo"].manifest.columns[0].example
    data, kind = base64.b64decode(value), {"content-type": "image/jpeg"}
    with serve(wide["root"] / "photo") as one:
        sent = one.http.post("/predict", content=data, headers=kind).json()
        assert sent == one.http.post("/predict", json={"photo": value}).json()
        assert "proba_odd" in sent["answers"][0]
        broken = one.http.post("/predict", content=b"no picture", headers=kind)
        assert (broken.status_code, broken.json()["error"]["field"]) == (400, "photo")
        sound = one.http.post("/predict", content=data, headers={"content-type": "audio/wav"})
        assert sound.status_code == 415
        assert one.http.post("/v2/models/wide/infer", content=data, headers=kind).status_code == 415
    mixed = served_wide.http.post("/predict", content=data, headers=kind)
    assert mixed.status_code == 415, "a row has other columns"


def test_one_sound_may_be_sent_as_it_is(wide, serve):
    value = wide["clip"].manifest.columns[0].example
    kind = {"content-type": "audio/wav"}
    with serve(wide["root"] / "clip") as one:
        sent = one.http.post("/predict", content=base64.b64decode(value), headers=kind).json()
        assert sent == one.http.post("/predict", json={"clip": f"data:audio/wav;base64,{value}"}).json()
        rows = [{"clip": value} for value in wide["clip"].rows["clip"]]
        found = one.http.post("/predict", json=rows).json()["answers"]
        expected = [proba[1] for proba in wide["clip"].answers["proba"]]
        assert [answer["proba_odd"] for answer in found] == pytest.approx(expected, abs=1e-5)
        broken = one.http.post("/predict", content=b"no sound", headers=kind)
        assert (broken.status_code, broken.json()["error"]["field"]) == (400, "clip")


def test_the_page_shows_the_example_and_a_command(wide, served_wide):
    page = served_wide.http.get("/", headers={"accept": "text/html"}).text
    assert "<img src='data:;base64,/9j/" in page
    assert command(wide["photo"].manifest, "http://a/predict").endswith(
        "--data-binary @photo.jpg http://a/predict"
    )
