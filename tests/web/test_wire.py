"""A running server sends away who is slow, on purpose or not, and answers everybody else meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from milepost.web import guard, wire
from milepost.web.sessions import proof
from milepost.web.wire import Patient


@pytest.fixture
def port(open_app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that waits for a second only."""
    monkeypatch.setattr(wire, "PATIENCE", 1.0)
    monkeypatch.setattr(guard, "PAUSE", 1.0)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(
        uvicorn.Config(open_app, log_level="error", http=Patient, ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
    listening.close()


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    connection.settimeout(30)
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


@pytest.mark.parametrize("said", [b"", b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_who_never_finishes_a_head_is_sent_away(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(said)
        begun = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{port}/login").status_code == 200
        assert heard(slow) == b""
        assert time.monotonic() - begun < 25


def test_a_byte_now_and_then_does_not_help(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 25:
                slow.sendall(b"x")
                time.sleep(0.1)
        except OSError:
            return
    pytest.fail("the server went on waiting")


def test_a_body_that_does_not_come_is_not_waited_for(open_app: FastAPI, port: int) -> None:
    site = open_app.state.site
    token = site.sessions.begin("owner", "password")
    with socket.create_connection(("127.0.0.1", port)) as slow:
        head = (
            f"POST /waive HTTP/1.1\r\nHost: localhost\r\nCookie: {site.cookie}={token}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n"
            f"Connection: close\r\n\r\ncsrf={proof(token)}"
        )
        slow.sendall(head.encode())
        assert b" 408 " in heard(slow).splitlines()[0]


def test_a_connection_that_is_kept_alive_serves_again(port: int) -> None:
    with httpx.Client() as client:
        for _ in range(3):
            assert client.get(f"http://127.0.0.1:{port}/login").status_code == 200
            time.sleep(0.6)


def test_a_stranger_s_large_body_is_refused_before_it_is_read(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        head = (
            "POST /package/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: 60000000\r\nConnection: close\r\n\r\n{"
        )
        stranger.sendall(head.encode())
        assert b" 401 " in heard(stranger).splitlines()[0]
