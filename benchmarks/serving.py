"""CPU time of a single-row request: milepost's server, a plain FastAPI app, the bare ONNX Runtime call.

Run: python benchmarks/serving.py [--requests 3000] [--json]
The model has 40 columns (30 numbers, 8 categories, 2 moments) and 400 trees of 32 leaves. Servers are
processes of their own, asked over 4 connections; their CPU time is read from /proc: Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from milepost.graphs.builder import Builder
from milepost.shipping.manifest import Column, Package, open_package
from milepost.shipping.package import Contents, build, golden, with_examples
from milepost.shipping.runner import Runner

TREES, DEPTH, CONNECTIONS = 400, 5, 4
NUMBERS = tuple(Column(f"number {i}", "float", "number", "float") for i in range(30))
CATEGORIES = tuple(Column(f"category {i}", "text", "category", "string") for i in range(8))
MOMENTS = tuple(Column(f"moment {i}", "datetime", "moment", "int64") for i in range(2))
COLUMNS = (*NUMBERS, *CATEGORIES, *MOMENTS)
VALUES = [f"value {i}" for i in range(30)]


def trees(b: Builder, features: str, width: int) -> str:
    """A boosted ensemble of complete trees with random splits: raw scores (rows, 1)."""
    rng = np.random.default_rng(0)
    inner = 2**DEPTH - 1
    nodes = 2 ** (DEPTH + 1) - 1
    ids = np.arange(nodes)
    leaf = ids >= inner
    every = TREES * nodes
    return b.node(
        "TreeEnsembleRegressor",
        features,
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=np.repeat(np.arange(TREES), nodes).tolist(),
        nodes_nodeids=np.tile(ids, TREES).tolist(),
        nodes_featureids=rng.integers(width, size=every).tolist(),
        nodes_values=rng.normal(size=every).astype(np.float32).tolist(),
        nodes_modes=np.tile(np.where(leaf, "LEAF", "BRANCH_LEQ"), TREES).tolist(),
        nodes_truenodeids=np.tile(np.where(leaf, 0, 2 * ids + 1), TREES).tolist(),
        nodes_falsenodeids=np.tile(np.where(leaf, 0, 2 * ids + 2), TREES).tolist(),
        nodes_missing_value_tracks_true=[0] * every,
        target_treeids=np.repeat(np.arange(TREES), nodes - inner).tolist(),
        target_nodeids=np.tile(ids[leaf], TREES).tolist(),
        target_ids=[0] * (TREES * (nodes - inner)),
        target_weights=rng.normal(scale=0.02, size=TREES * (nodes - inner)).astype(np.float32).tolist(),
    )


def package(folder: Path) -> Package:
    """Builds the model's package."""
    b = Builder()
    raw = [b.input(column.name, column.wire) for column in COLUMNS]
    parts = raw[:30]
    for name in raw[30:38]:
        codes = np.arange(len(VALUES)).astype(np.float32).tolist()
        encode = {"keys_strings": VALUES, "values_floats": codes, "default_float": -1.0}
        parts.append(b.node("LabelEncoder", name, domain="ai.onnx.ml", **encode))
    for name in raw[38:]:
        days = b.node("Div", b.cast(name, "double"), b.const(np.array([[86400.0]])))
        parts.append(b.cast(days, "float"))
    late = b.node("Sigmoid", trees(b, b.node("Concat", *parts, axis=1), len(COLUMNS)))
    proba = b.node("Concat", b.node("Sub", b.const(np.array([[1]], np.float32)), late), late, axis=1)
    choice = b.cast(b.node("GreaterOrEqual", late, b.const(np.array([[0.5]], np.float32))), "int64")
    b.output(proba, "proba", "float", 2)
    b.output(b.node("Gather", b.const(np.array(["no", "yes"])), choice, axis=0), "label", "string", 1)
    rng = np.random.default_rng(1)
    samples: dict[str, list[Any]] = {c.name: rng.normal(size=200).tolist() for c in NUMBERS}
    samples |= {c.name: VALUES * 2 for c in CATEGORIES}
    samples |= {c.name: ["2013-01-01T10:00:00", "2013-06-30T23:15:00"] for c in MOMENTS}
    rows = golden(COLUMNS, samples, 100)
    task = {"name": "binary", "labels": ["no", "yes"], "targets": ["y"]}
    columns = with_examples(COLUMNS, samples)
    draft = {"name": "bench", "task": task, "columns": columns, "rows": rows}
    build(folder, b.model(), Contents(**draft, answers={"proba": [[0, 1]] * 100, "label": [["no"]] * 100}))
    found = Runner(open_package(folder)).answers(rows, 100)
    build(folder, b.model(), Contents(**draft, answers=found))
    return open_package(folder)


def plain(folder: str, port: int) -> None:
    """The usual FastAPI app: a pydantic model of the row, and the graph called in an `async def`."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import Field, create_model

    from milepost.graphs.session import session
    from milepost.shipping.wire import TYPES

    opened = open_package(folder)
    kinds = {"float": float | None, "text": str | None, "datetime": int | None}
    fields: dict[str, Any] = {
        f"column_{i}": (kinds[c.dtype], Field(alias=c.name)) for i, c in enumerate(opened.manifest.columns)
    }
    row_model = create_model("Row", **fields)
    answer_model = create_model("Answer", prediction=(str, ...), proba=(list[float], ...))
    graph = session(opened.graph)
    plan = [(f"column_{i}", c.name, TYPES[c.wire]) for i, c in enumerate(opened.manifest.columns)]
    app = FastAPI()

    async def predict(row: Any) -> Any:
        feeds = {name: np.array([[getattr(row, field)]], kind) for field, name, kind in plan}
        label, proba = graph.run(["label", "proba"], feeds)
        return answer_model(prediction=label[0, 0], proba=proba[0].tolist())

    predict.__annotations__ = {"row": row_model, "return": answer_model}
    app.post("/predict")(predict)
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def raw(folder: str, port: int) -> None:
    """An ASGI app that reads the request and answers `{}`, after the bare call where there is a package."""
    import uvicorn

    from milepost.graphs.session import session
    from milepost.shipping.wire import tensors

    calls: list[Callable[[], object]] = []
    if folder:
        opened = open_package(folder)
        graph, names = session(opened.graph), list(opened.manifest.stages[0].outputs)
        feeds = tensors(opened.manifest.columns, {c.name: [c.example] for c in opened.manifest.columns})
        calls.append(lambda: graph.run(names, feeds))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await receive()
            for call in calls:
                call()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"{}"})

    uvicorn.run(app, port=port, log_level="critical", access_log=False, lifespan="off", proxy_headers=False)


def cpu(pid: int) -> float:
    """CPU seconds of a process, user and system, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(connection: socket.socket, request: bytes) -> bytes:
    """Sends a request over a kept connection and returns the answer's body."""
    connection.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"{head!r} {body!r}")
    return body


def load(port: int, body: bytes, count: int) -> None:
    """Asks a server over several connections."""
    head = (
        f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )

    def work() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(count // CONNECTIONS):
                ask(connection, head.encode() + b"\r\n\r\n" + body)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(work) for _ in range(CONNECTIONS)]:
            done.result()


def served(command: list[str], body: bytes, count: int) -> float:
    """CPU microseconds a request of a server process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, *command, str(port)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        load(port, body, count // 4)
        rounds = []
        for _ in range(3):
            before = cpu(process.pid)
            load(port, body, count)
            rounds.append((cpu(process.pid) - before) / (count // CONNECTIONS * CONNECTIONS) * 1e6)
        return min(rounds)
    finally:
        process.terminate()
        process.wait()


def timed(call: Callable[[], object], count: int) -> float:
    """CPU microseconds a call, the best of three rounds."""
    rounds = []
    for _ in range(4):
        start = time.process_time()
        for _ in range(count):
            call()
        rounds.append((time.process_time() - start) / count * 1e6)
    return min(rounds[1:])


def measure(count: int) -> dict[str, float]:
    """CPU microseconds a row by way of asking."""
    from milepost.serving.answer import Answerer
    from milepost.serving.native import routes
    from milepost.shipping.wire import tensors

    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "bench"
        opened = package(folder)
        row = {column.name: column.example for column in opened.manifest.columns}
        body = json.dumps({"rows": [row]}).encode()
        plain_body = json.dumps({**row, **{c.name: 1357034400 for c in MOMENTS}}).encode()
        answerer = Answerer(opened)
        graph, names = answerer.runner._session, list(answerer.runner.outputs)
        feeds = tensors(opened.manifest.columns, {name: [value] for name, value in row.items()})
        predict = routes(answerer)["/predict"]["POST"]
        found = {
            "bare ONNX Runtime call": timed(lambda: graph.run(names, feeds), count),
            "in process: a row answered": timed(lambda: answerer.answer([row]), count),
            "in process: JSON to JSON": timed(lambda: predict(body), count),
        }
        here = ["-m", "milepost.serving", str(folder)]
        found["raw ASGI, no work"] = served([__file__, "--raw", ""], body, count)
        found["raw ASGI, the bare call"] = served([__file__, "--raw", str(folder)], body, count)
        found["milepost"] = served([*here, "--port"], body, count)
        found["milepost with its log"] = served([*here, "--log", f"{root}/log", "--port"], body, count)
        found["plain FastAPI"] = served([__file__, "--plain", str(folder)], plain_body, count)
    return found


def main() -> None:
    """Measures and prints a table."""
    if len(sys.argv) == 4 and sys.argv[1] in ("--plain", "--raw"):
        return (plain if sys.argv[1] == "--plain" else raw)(sys.argv[2], int(sys.argv[3]))
    parser = argparse.ArgumentParser(description="CPU time of a single-row request.")
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.requests)
    if given.json:
        print(json.dumps(found))
        return None
    bare = found["bare ONNX Runtime call"]
    parts = "httptools" if find_spec("httptools") else "h11 (httptools is not installed)"
    print(f"CPU a single-row request, 40 columns, 400 trees; uvicorn with {parts}\n")
    print(f"{'':32}{'µs':>8}{'above bare':>12}")
    for name, value in found.items():
        print(f"{name:32}{value:8.0f}{value - bare:12.0f}")
    inside = found["raw ASGI, the bare call"] - found["raw ASGI, no work"]
    print(
        f"\nBetween requests, caches cold, the bare call takes {inside:.0f} µs, and milepost with its log",
        end=" ",
    )
    print(f"{found['milepost with its log'] - inside:.0f} µs above it: HTTP, JSON, checks, conversion, log.")
    return None


if __name__ == "__main__":
    main()
