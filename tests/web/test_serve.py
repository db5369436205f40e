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
from tests.web.conftest import PASSWORD

from milepost import Project
from milepost.errors import EnvironmentProblem, UsageError
from milepost.labels.people import People
from milepost.web.accounts import Accounts
from milepost.web.serve import Where, door, greeting, serve
from milepost.web.sessions import proof
from milepost.web.site import AUDIT


def test_others_need_an_owner_s_account(copied: Project) -> None:
    with pytest.raises(UsageError, match="no owner has an account"):
        serve(copied.folder, Where("0.0.0.0", 0))
    with pytest.raises(UsageError, match="no owner has an account"):
        serve(copied.folder, Where("127.0.0.1", 0, proxy="127.0.0.1"))
    with pytest.raises(UsageError, match="belong together"):
        serve(copied.folder, Where(cert=Path("a.pem")))
    with pytest.raises(UsageError, match=r"'\*' is no address of a proxy"):
        serve(copied.folder, Where(proxy="*"))


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
    assert not door(Where("127.0.0.1", proxy="127.0.0.1"), 1).link, "others come through the proxy"


def test_what_is_printed() -> None:
    way = door(Where(), 8765)
    assert f"http://127.0.0.1:8765/enter?key={way.key}" in greeting(Where(), way)
    public = Where("10.0.0.1")
    assert "unencrypted" in greeting(public, door(public, 1))
    sealed = Where("10.0.0.1", cert=Path("a"), key=Path("b"))
    told = greeting(sealed, door(sealed, 1))
    assert "https://10.0.0.1:1/login" in told
    assert "unencrypted" not in told
    behind = Where(proxy="10.0.0.2")
    assert "unencrypted" not in greeting(behind, door(behind, 1))
    assert "http://[::1]:1/" in greeting(Where("::1"), door(Where("::1"), 1))


@pytest.mark.parametrize(("proxy", "believed"), [("127.0.0.1", True), ("10.9.9.9", False)])
def test_headers_of_the_proxy_are_believed_and_of_nobody_else(
    copied: Project, proxy: str, believed: bool
) -> None:
    accounts = Accounts(People(copied.ledger.rows))
    accounts.add("ada", "owner", PASSWORD, "setup")
    command = [sys.executable, "-m", "milepost", "web", str(copied.folder), "--port", "0", "--proxy", proxy]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            link = re.search(r"http\S+(?=/login)", running.stderr.readline())
            assert link is not None
            for sent, asked in (("6.6.6.6, 7.7.7.7", "7.7.7.7"), ("6.6.6.6, 8.8.8.8", "8.8.8.8")):
                headers = {"x-forwarded-for": sent, "x-forwarded-proto": "https"}
                answer = httpx.get(f"{link[0]}/login", headers=headers)
                assert ("secure" in answer.headers["set-cookie"].lower()) is believed
                (name, token), *_ = answer.cookies.items()
                said = {"csrf": proof(token), "name": "eve", "password": "wrong"}
                headers["cookie"] = f"{name}={token}"
                assert httpx.post(f"{link[0]}/login", data=said, headers=headers).status_code == 401
                entry = copied.ledger.rows.select(AUDIT)[-1]
                assert entry.body["address"] == (asked if believed else "127.0.0.1"), "the last hop alone"
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(30)


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
