"""Accounts: argon2, no name told by time or answer, the last owner stays, wrong passwords have to wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.errors import UsageError
from milepost.store.rows import Rows
from milepost.web.accounts import STREAM, Accounts, Attempts

GOOD = "correct horse battery"


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    made = Accounts(Rows(tmp_path / "rows.db"))
    made.add("ada", "owner", GOOD)
    return made


def test_a_password_is_kept_as_an_argon2_hash_and_checked(accounts: Accounts) -> None:
    (entry,) = accounts.rows.select(STREAM)
    assert entry.body["hash"].startswith("$argon2id$")
    assert GOOD not in str(entry.body)
    found = accounts.check("ada", GOOD)
    assert found is not None
    assert found.role == "owner"
    assert accounts.check("ada", "another password") is None
    assert accounts.check("nobody", GOOD) is None


@pytest.mark.parametrize(
    ("name", "role", "password", "says"),
    [
        ("ada", "owner", GOOD, "there is an account 'ada' already"),
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
    with pytest.raises(UsageError, match=says):
        accounts.add(name, role, password)
    assert [account.name for account in accounts.all()] == ["ada"]


def test_a_closed_account_lets_nobody_in_until_it_is_opened(accounts: Accounts) -> None:
    accounts.add("bob", "reviewer", GOOD)
    accounts.change("bob", open=False)
    assert accounts.get("bob") is None
    assert accounts.check("bob", GOOD) is None
    accounts.change("bob", open=True)
    assert accounts.check("bob", GOOD) is not None


def test_a_change_keeps_what_is_not_given(accounts: Accounts) -> None:
    accounts.add("bob", "reviewer", GOOD)
    accounts.change("bob", role="labeller")
    assert accounts.check("bob", GOOD) is not None
    accounts.change("bob", password="a new one, longer")
    assert accounts.check("bob", GOOD) is None
    found = accounts.check("bob", "a new one, longer")
    assert found is not None
    assert found.role == "labeller"
    with pytest.raises(UsageError, match="no account 'bobb'. Did you mean 'bob'"):
        accounts.change("bobb")


def test_the_last_owner_cannot_be_lost(accounts: Accounts) -> None:
    for change in ({"role": "reviewer"}, {"open": False}):
        with pytest.raises(UsageError, match="'ada' is the last owner"):
            accounts.change("ada", **change)  # type: ignore[arg-type]
    accounts.add("bob", "owner", GOOD)
    assert accounts.change("ada", role="reviewer").role == "reviewer"


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
