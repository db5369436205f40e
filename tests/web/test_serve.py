"""Starting: alone by a link, for others with accounts only."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from milepost import Project
from milepost.errors import EnvironmentProblem, UsageError
from milepost.web.serve import Where, door, greeting, serve


def test_others_need_an_owner_s_account(copied: Project) -> None:
    with pytest.raises(UsageError, match="no owner has an account"):
        serve(copied.folder, Where("0.0.0.0", 0))
    with pytest.raises(UsageError, match="belong together"):
        serve(copied.folder, Where(cert=Path("a.pem")))


def test_a_port_that_is_taken_is_named(copied: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EnvironmentProblem, match=f"cannot listen on 127.0.0.1:{port}"):
            serve(copied.folder, Where(port=port))
    with pytest.raises(UsageError, match="no port 99999"):
        serve(copied.folder, Where(port=99999))


def test_names_by_which_it_may_be_addressed() -> None:
    assert door(Where(), 1).names == ()
    assert "ml.example" in door(Where("0.0.0.0", names=("ml.example",)), 1).names
    assert "ml.example" in door(Where("ML.example"), 1).names
    assert door(Where(), 1).key != door(Where(), 1).key
    assert not door(Where("0.0.0.0"), 1).link


def test_what_is_printed() -> None:
    way = door(Where(), 8765)
    assert f"http://127.0.0.1:8765/enter?key={way.key}" in greeting(Where(), way)
    public = Where("10.0.0.1")
    assert "unencrypted" in greeting(public, door(public, 1))
    sealed = Where("10.0.0.1", cert=Path("a"), key=Path("b"))
    told = greeting(sealed, door(sealed, 1))
    assert "https://10.0.0.1:1/login" in told
    assert "unencrypted" not in told
    assert "http://[::1]:1/" in greeting(Where("::1"), door(Where("::1"), 1))


def test_the_printed_link_leads_in_once_and_ctrl_c_ends_the_server(copied: Project) -> None:
    command = [sys.executable, "-m", "milepost", "web", str(copied.folder), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            link = re.search(r"http\S+", running.stderr.readline())
            assert link is not None
            with httpx.Client() as client:
                assert client.get(link[0]).status_code == 200
                (cookie,) = client.cookies.jar
                assert cookie.has_nonstandard_attr("HttpOnly")
                address = link[0].partition("/enter")[0]
                assert "roc_auc" in client.get(f"{address}/road").text
            assert httpx.get(link[0]).status_code == 400, "the second use"
            assert httpx.get(f"{address}/road").headers["location"] == "/login"
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(30) in (0, 130, -signal.SIGINT)
