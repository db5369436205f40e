"""Accounts: argon2, no name told by time or answer, the last owner stays, wrong passwords have to wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.errors import InputError, UsageError
from milepost.labels.people import People
from milepost.store.people import Person
from milepost.store.rows import Rows
from milepost.web.accounts import Accounts, Attempts

GOOD = "correct horse battery"


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    made = Accounts(People(Rows(tmp_path / "rows.db")))
    made.add("ada", "owner", GOOD, "setup")
    return made


def test_a_password_is_kept_as_an_argon2_hash_and_checked(accounts: Accounts) -> None:
    found = accounts.check("ada", GOOD)
    assert found is not None
    assert found.roles == ("owner",)
    assert accounts.people.password(found).startswith("$argon2id$")
    assert accounts.check("ada", "another password") is None
    assert accounts.check("nobody", GOOD) is None


@pytest.mark.parametrize(
    ("name", "role", "password", "says"),
    [
        ("ada", "owner", GOOD, "there is an account named 'ada' already"),
        ("<b>", "owner", GOOD, "cannot be the name"),
        ("", "owner", GOOD, "cannot be the name"),
        ("eve", "king", GOOD, "no role 'king'"),
        ("eve", "owner", "short", "has 5 characters"),
        ("eve", "owner", "x" * 201, "has 201 characters"),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    accounts: Accounts, name: str, role: str, password: str, says: str
) -> None:
    with pytest.raises((InputError, UsageError), match=says):
        accounts.add(name, role, password, "ada")
    assert [account.name for account in accounts.all()] == ["ada"]


def test_a_closed_account_lets_nobody_in_until_it_is_opened(accounts: Accounts) -> None:
    accounts.add("bob", "reviewer", GOOD, "ada")
    accounts.change("bob", "ada", active=False)
    assert accounts.get("bob") is None
    assert accounts.check("bob", GOOD) is None
    accounts.change("bob", "ada", active=True)
    assert accounts.check("bob", GOOD) is not None


def test_a_change_keeps_what_is_not_given(accounts: Accounts) -> None:
    accounts.add("bob", "reviewer", GOOD, "ada")
    accounts.change("bob", "ada", role="labeller")
    assert accounts.check("bob", GOOD) is not None
    accounts.change("bob", "bob", "a new one, longer")
    assert accounts.check("bob", GOOD) is None
    found = accounts.check("bob", "a new one, longer")
    assert found is not None
    assert found.roles == ("labeller",)
    with pytest.raises(UsageError, match="no account 'bobb'. Did you mean 'bob'"):
        accounts.change("bobb", "ada")


def test_the_last_owner_cannot_be_lost(accounts: Accounts) -> None:
    for change in ({"role": "reviewer"}, {"active": False}):
        with pytest.raises(UsageError, match="'ada' is the last owner"):
            accounts.change("ada", "ada", **change)  # type: ignore[arg-type]
    accounts.add("bob", "owner", GOOD, "ada")
    assert accounts.change("ada", "ada", role="reviewer").roles == ("reviewer",)


def test_who_came_by_the_link_has_an_account_without_a_password(accounts: Accounts) -> None:
    accounts.add("bob", "labeller", GOOD, "ada")
    eve = accounts.guest("eve")
    assert (eve.roles, accounts.guest("eve"), accounts.check("eve", "")) == (("owner",), eve, None)
    assert accounts.guest("bob").name == "bob (link)", "a labeller of that name does not become an owner"
    with pytest.raises(UsageError, match="'ada' is the last owner"):
        accounts.change("ada", "ada", active=False)


def test_a_hash_that_is_none_lets_nobody_in(tmp_path: Path) -> None:
    accounts = Accounts(People(Rows(tmp_path / "rows.db")))
    assert not accounts.open()
    accounts.people.add(Person(0, "ada", ("owner",)), "setup")
    assert not accounts.open()
    assert accounts.check("ada", "nobody has this password") is None


def test_wrong_passwords_have_to_wait_by_name_and_by_address() -> None:
    now = [0.0]
    attempts = Attempts(most=3, wide=5, seconds=60.0, clock=lambda: now[0])
    for _ in range(3):
        assert attempts.wait("ada", "here") == 0
        attempts.failed("ada", "here")
        now[0] += 1
    assert attempts.wait("ada", "here") == pytest.approx(57)
    assert attempts.wait("ada", "there") == 0, "another address is not locked out"
    assert attempts.wait("bob", "here") == 0
    for name in ("bob", "eve"):
        attempts.failed(name, "here")
    assert attempts.wait("carl", "here") > 0, "an address that tries many names has to wait"
    now[0] = 200
    assert attempts.wait("ada", "here") == 0
    assert not attempts._failed, "what no longer counts is forgotten"
