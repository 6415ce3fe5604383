"""Passwords of the databases' users."""

import stat
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.stand_ins.passwords import Passwords


def test_a_password_is_made_up_once_for_each_user(tmp_path: Path) -> None:
    passwords = Passwords(tmp_path)
    assert not passwords.has("shop")
    shop, mail = passwords.of("shop"), passwords.of("mail")
    assert shop != mail
    assert (Passwords(tmp_path).of("shop"), Passwords(tmp_path).of("mail")) == (shop, mail)
    assert passwords.has("shop")


def test_no_two_stacks_have_the_same(tmp_path: Path) -> None:
    made = set()
    for stack in ("dev", "staging"):
        (tmp_path / stack).mkdir()
        made.add(Passwords(tmp_path / stack).of("shop"))
    assert len(made) == 2
    assert all(len(password) >= 32 for password in made)


def test_only_the_user_of_this_machine_may_read_them(tmp_path: Path) -> None:
    Passwords(tmp_path).of("shop")
    Passwords(tmp_path).of("mail")
    assert [stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()] == [0o600]


def test_a_damaged_file_is_told_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    file.write_text('{"shop": ')
    with pytest.raises(LocalCloudError, match="is damaged") as caught:
        Passwords(tmp_path).of("shop")
    assert str(file) in str(caught.value)
    assert "make stand-ins-down" in caught.value.remedy
    assert file.read_text() == '{"shop": '
