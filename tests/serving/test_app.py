import json
import socket
import threading

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

POSTS = ["/predict", "/v1/models/toy-binary:predict", "/v2/models/toy-binary/infer"]
KINDS = {"age": "FP32", "seats": "INT64", "carrier": "BYTES", "day": "BYTES", "member": "BOOL"}
WORDS = st.sampled_from(
    ["rows", "instances", "inputs", "outputs", "age", "name", "shape", "datatype", "data"]
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text() | WORDS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(), inner, max_size=6),
    max_leaves=20,
)
MALFORMED = [
    b"", b" ", b"{", b"[1,", b"nul", b"NaN", b"[Infinity]", b"1e999", b'{"rows": NaN}', b"\x00", b"'a'",
    b'{"rows": [{"age": NaN}]}', b'{"rows": [{"age": 1e999}]}', b'{"a": "\\ud800"}', b'"\xed\xa0\x80"',
    b"[" * 50_000, b'{"rows":' * 20_000, b'{"a": 1}{"b": 2}', b"age=30&seats=2", b"age,seats\n1,2\n",
    b"<rows/>", b"9" * 5000, b"\xff\xfe", b"\x1f\x8b\x08\x00", b"\xef\xbb\xbf{}",
]  # fmt: skip


def said(reply):
    """The parts of an error, in the native or the protocols' form."""
    body = reply.json()
    parts = body["error"] if isinstance(body["error"], dict) else body
    assert {"what", "field", "expected"} <= set(parts)
    return parts


@pytest.mark.parametrize("route", POSTS)
@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:12]))
def test_a_malformed_body_is_refused(served, route, body):
    reply = served.http.post(route, content=body)
    assert reply.status_code == 400
    assert said(reply)["what"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=st.sampled_from(POSTS), body=JSON)
def test_no_json_makes_the_server_fail(served, route, body):
    assert 400 <= served.http.post(route, content=json.dumps(body)).status_code < 500


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.fixed_dictionaries(dict.fromkeys(KINDS, LEAVES)))
def test_no_value_makes_the_server_fail(served, values):
    tensors = [
        {"name": name, "shape": [1], "datatype": kind, "data": [values[name]]} for name, kind in KINDS.items()
    ]
    native = served.http.post("/predict", content=json.dumps(values))
    flow = served.http.post(POSTS[1], content=json.dumps({"instances": [values]}))
    open_ = served.http.post(POSTS[2], content=json.dumps({"inputs": tensors}))
    assert native.status_code == flow.status_code == open_.status_code
    assert native.status_code in (200, 400)
    if native.status_code == 400:
        assert said(native)["field"] == said(flow)["field"] == said(open_)["field"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300))
def test_no_bytes_make_the_server_fail(served, body):
    assert 400 <= served.http.post("/predict", content=body).status_code < 500


def test_an_id_is_given_or_passed_through(served, row):
    first = served.http.post("/predict", json=row).headers
    second = served.http.post("/predict", json=row).headers
    assert first["x-request-id"] != second["x-request-id"]
    assert first["x-model-version"] == served.http.get("/readyz").json()["version"]
    ours = served.http.post("/predict", json=row, headers={"x-request-id": "order-7"}).headers
    assert ours["x-request-id"] == "order-7"
    for odd in ("x" * 500, "a\tb", b"\xff"):
        assert served.http.get("/livez", headers={"x-request-id": odd}).headers["x-request-id"] != odd
    assert served.http.post("/predict", content=b"{").headers["x-request-id"]


def test_other_methods_and_routes_are_named(served):
    for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS"):
        reply = served.http.request(method, "/predict")
        assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert served.http.post("/livez", json={}).status_code == 405
    reply = served.http.get("/predic")
    assert (reply.status_code, said(reply)["expected"]) == (404, "Did you mean '/predict'?")
    assert served.http.get("/../../etc/passwd").status_code == 404
    assert served.http.get("/" + "a" * 5000).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json; charset=utf-8"}, 200),
        ({"content-type": "application/x-www-form-urlencoded"}, 200),
        ({}, 200),
        ({"content-type": "text/csv"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-encoding": "gzip"}, 415),
    ],
)
def test_content_types(served, row, headers, status):
    assert served.http.post("/predict", content=json.dumps(row), headers=headers).status_code == status


def test_a_huge_body_is_refused_and_the_client_hears_it(served):
    for size in (200_001, 5_000_000):
        reply = served.http.post("/predict", content=b"[" + b" " * size + b"]")
        assert (reply.status_code, said(reply)["field"]) == (413, "body")
    chunks = (b" " * 100_000 for _ in range(5))
    assert served.http.post("/predict", content=chunks).status_code == 413
    assert served.http.get("/livez").status_code == 200


def test_a_chunked_body_is_read_whole(served, row):
    body = json.dumps(row).encode()
    assert served.http.post("/predict", content=iter([body[:10], body[10:]])).status_code == 200


def test_too_many_rows_are_refused(served, row):
    reply = served.http.post("/predict", json=[row] * 1001)
    assert (reply.status_code, said(reply)["field"]) == (413, "rows")


def test_a_client_that_leaves_does_no_harm(served, row):
    for sent in (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{", b"GARBAGE\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            connection.sendall(sent)
    assert served.http.post("/predict", json=row).status_code == 200


def test_it_counts_what_it_did(served, row):
    def count(code):
        lines = served.http.get("/metrics").text.splitlines()
        return next((int(line.split()[-1]) for line in lines if f'route="predict",code="{code}"' in line), 0)

    fine, bad = count(200), count(400)
    served.http.post("/predict", json=row)
    served.http.post("/predict", json={})
    assert (count(200), count(400)) == (fine + 1, bad + 1)


def test_large_requests_do_not_hold_up_small_ones(packages, serve, row):
    with serve(packages["root"] / "binary") as one:
        big = json.dumps([row] * 10_000)
        worker = threading.Thread(target=lambda: [one.http.post("/predict", content=big) for _ in range(3)])
        worker.start()
        waits = []
        with httpx.Client(base_url=f"http://127.0.0.1:{one.port}") as client:
            while worker.is_alive():
                waits.append(client.get("/livez").elapsed.total_seconds())
        assert len(waits) > 10


def load(port, row, name, answered, stop):
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        number = 0
        while not stop.is_set():
            request = f"{name}-{number}"
            try:
                reply = client.post(
                    "/predict", json={**row, "id": request}, headers={"x-request-id": request}
                )
            except httpx.TransportError:
                return
            if reply.status_code == 200:
                answered.append((request, reply.json()["answers"]))
            number += 1


def test_after_sigterm_under_load_every_answer_is_in_the_log(packages, serve, row, tmp_path):
    answered, stop = [], threading.Event()
    with serve(packages["root"] / "binary", "--log", str(tmp_path)) as one:
        threads = [threading.Thread(target=load, args=(one.port, row, n, answered, stop)) for n in "abcd"]
        for thread in threads:
            thread.start()
        while len(answered) < 300:
            stop.wait(0.01)
        code = one.stop()
        stop.set()
        for thread in threads:
            thread.join()
    (path,) = tmp_path.glob("*.jsonl")
    logged = {line["id"]: line for line in map(json.loads, path.read_bytes().splitlines())}
    assert len(answered) >= 300
    for request, answers in answered:
        assert logged[request]["answers"] == answers
        assert logged[request]["rows"] == [{**row, "id": request}]
    assert code in (0, -15)


def test_all_protocols_are_logged_alike(packages, serve, row, tmp_path):
    with serve(packages["root"] / "binary", "--log", str(tmp_path)) as one:
        one.http.post("/predict", json=row)
        one.http.post(POSTS[1], json={"instances": [row]})
        one.http.post(POSTS[1], json={"inputs": {name: [value] for name, value in row.items()}})
        one.http.post("/predict", json={})
        one.stop()
    (path,) = tmp_path.glob("*.jsonl")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    refused = lines.pop()
    assert (refused["status"], refused["rows"], refused["answers"]) == (400, [], [])
    assert refused["error"]
    assert [line["route"] for line in lines] == ["predict", "tfserving", "tfserving"]
    assert all(line["rows"] == [row] for line in lines)
    assert lines[0]["answers"] == lines[1]["answers"]
    assert lines[2]["answers"][0]["proba_late"] == pytest.approx(
        lines[0]["answers"][0]["proba_late"], abs=1e-6
    )


ANYTHING = (
    st.none() | st.text() | st.integers() | st.sampled_from(["AAAA", "data:image/png;base64,", "/9j/4AAQ"])
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(age=ANYTHING, message=ANYTHING, photo=ANYTHING)
def test_no_text_or_picture_makes_the_server_fail(served_wide, age, message, photo):
    values = {"age": age, "message": message, "photo": photo}
    native = served_wide.http.post("/predict", content=json.dumps(values))
    assert native.status_code in (200, 400)
    if native.status_code == 400:
        assert said(native)["field"] in values or said(native)["field"] == "body"


def test_a_body_is_as_large_as_the_package_needs(wide, served_wide):
    from milepost.serving.app import MEDIA_BYTES, PLAIN_BYTES, App, Settings

    assert App(wide["mixed"], Settings("")).most_bytes == MEDIA_BYTES
    assert App(wide["text"], Settings("")).most_bytes == PLAIN_BYTES
    assert App(wide["text"], Settings("", most_bytes=5)).most_bytes == 5
    row = {column.name: column.example for column in wide["mixed"].manifest.columns}
    reply = served_wide.http.post("/predict", json={**row, "message": "x" * 1_000_000})
    assert (reply.status_code, said(reply)["field"]) == (413, "body")
    assert "--most-bytes" in said(reply)["expected"]
    assert served_wide.http.post("/predict", json={**row, "message": "x" * 900_000}).status_code == 200


def test_a_lone_surrogate_is_refused_and_nothing_else_is_changed(served_wide):
    def ask(message):
        body = b'{"age": 1, "photo": null, "message": "%s"}' % message
        return served_wide.http.post("/predict", content=body)

    def proba(message):
        return ask(message).json()["answers"][0]["proba_odd"]

    assert ask(b"\\ud83d").status_code == 400
    assert proba(b"\\ud83d\\ude00") == proba("😀".encode())
    assert proba("é".encode()) != proba("e\u0301".encode())
    assert proba(b"ab\\u0000cd") == proba(b"ab cd")
