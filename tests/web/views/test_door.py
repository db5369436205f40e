"""Coming in: the link, name and password, too many tries; going out."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.conftest import PASSWORD, peopled, visitor

from milepost import Project
from milepost.web.app import create
from milepost.web.sessions import proof
from milepost.web.site import AUDIT, Door


@pytest.fixture(scope="module")
def peopled_app(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder = tmp_path_factory.mktemp("door") / "p"
    shutil.copytree(finished.folder, folder)
    return peopled(folder)


def sign(app: FastAPI, name: str, password: str, path: str = "/login") -> Any:
    """A fresh browser loads the form and sends it."""
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    assert client.get("/login").status_code == 200
    csrf = proof(client.cookies[app.state.site.visit])
    return client, client.post(path, data={"csrf": csrf, "name": name, "password": password})


def test_the_cookie_is_for_this_server_alone(copied: Project) -> None:
    app = create(copied.folder, Door(True, "ada", "k", 7, secure=True))
    answer = TestClient(app, base_url="http://localhost").get("/enter?key=k")
    told = answer.headers["set-cookie"].lower()
    for part in ("milepost-7=", "httponly", "samesite=strict", "secure", "path=/"):
        assert part in told
    entry = app.state.site.project.ledger.rows.select(AUDIT)[-1]
    assert (entry.key, entry.body["by"]) == ("/enter", "ada")
    assert "k" not in entry.body.get("form", {}), "the key is not kept"


def test_a_link_that_is_none_says_what_to_do(copied: Project) -> None:
    app = create(copied.folder, Door(True, "ada", "k", 7))
    stranger = visitor(app)
    for path in ("/enter", "/enter?key=", "/enter?key=x"):
        assert "this link was used already, or is none" in stranger.get(path).text
    assert stranger.get("/").headers["location"] == "/login"
    assert "milepost web" in stranger.get("/login").text


def test_name_and_password_lead_to_the_page_of_the_role(peopled_app: FastAPI) -> None:
    for name, home in (("owner", "/road"), ("reviewer", "/road"), ("labeller", "/label")):
        client, answer = sign(peopled_app, name, PASSWORD)
        assert answer.status_code == 303
        assert answer.headers["location"] == home
        assert client.get(home).status_code == 200
        assert client.get("/login").headers["location"] == home
    entry = peopled_app.state.site.project.ledger.rows.select(AUDIT)[-1]
    assert entry.body["form"] == {"name": "labeller", "password": "(not kept)"}


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(peopled_app: FastAPI) -> None:
    answers = [sign(peopled_app, name, "a wrong password")[1] for name in ("owner", "nobody")]
    assert [a.status_code for a in answers] == [401, 401]
    texts = [answer.text for answer in answers]
    assert all("Name and password do not belong together." in text for text in texts)


def test_too_many_wrong_passwords_have_to_wait_even_with_the_right_one(copied: Project) -> None:
    app = peopled(copied.folder)
    for _ in range(5):
        assert "do not belong together" in sign(app, "owner", "a wrong password")[1].text
    assert "Too many wrong passwords. Try again in 16 minutes." in sign(app, "owner", PASSWORD)[1].text
    noted = [entry for entry in app.state.site.rows.select(AUDIT) if entry.key == "/login"]
    assert len(noted) == 5, "who is not heard cannot fill the ledger"
    assert sign(app, "reviewer", PASSWORD)[1].status_code == 303


def test_leaving_ends_the_session_for_good(peopled_app: FastAPI) -> None:
    client, _ = sign(peopled_app, "owner", PASSWORD)
    token = client.cookies[peopled_app.state.site.cookie]
    assert client.post("/logout", data={"csrf": proof(token)}).headers["location"] == "/login"
    client.cookies.set(peopled_app.state.site.cookie, token)
    assert client.get("/road").status_code == 303


def test_a_closed_account_is_out_at_once(copied: Project) -> None:
    app = peopled(copied.folder)
    client, _ = sign(app, "reviewer", PASSWORD)
    assert client.get("/road").status_code == 200
    app.state.site.accounts.change("reviewer", "owner", active=False)
    assert client.get("/road").status_code == 303


def test_a_new_password_ends_the_other_sessions(copied: Project) -> None:
    app = peopled(copied.folder)
    (one, _), (two, _) = sign(app, "labeller", PASSWORD), sign(app, "labeller", PASSWORD)
    csrf = proof(one.cookies[app.state.site.cookie])
    fresh = "some other words"

    def change(**fields: str) -> Any:
        sent = {"csrf": csrf, "password": PASSWORD, "password-new": fresh, "password-again": fresh}
        return one.post("/me", data={**sent, **fields})

    assert "The present password is another one." in change(password="wrong one, this").text
    assert "The two new passwords differ." in change(**{"password-again": "x"}).text
    assert "has 3 characters" in change(**{"password-new": "abc", "password-again": "abc"}).text
    assert change().status_code == 303
    assert one.get("/me").status_code == 200
    assert two.get("/me").status_code == 303
    assert sign(app, "labeller", fresh)[1].status_code == 303


def test_who_came_by_the_link_has_no_password(owner: Any) -> None:
    assert "needs no password" in owner.get("/me").text
    assert owner.post("/me", password="x").status_code == 400
    assert owner.post("/login", name="a", password="b").status_code == 400
