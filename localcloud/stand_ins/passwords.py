"""Passwords of the users of PostgreSQL: whoever else is on this machine reaches its port too."""

import json
import secrets
from pathlib import Path

from localcloud.cluster import files
from localcloud.errors import LocalCloudError


class Passwords:
    """The passwords that are kept in `directory`, made up when they are first asked for."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "passwords.json"

    def of(self, user: str) -> str:
        """The password of a user.

        Raises:
            LocalCloudError: The file that has it was damaged.
        """
        known = self._known()
        if user not in known:
            known[user] = secrets.token_urlsafe(24)
            files.write(self._file, json.dumps(known).encode())
        return known[user]

    def has(self, user: str) -> bool:
        """Whether a user has one already."""
        return user in self._known()

    def _known(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}
        except ValueError as damage:
            raise lost(self._file, "is damaged") from damage
        return known


def lost(place: Path, how: str) -> LocalCloudError:
    """That nobody can open the databases any more."""
    return LocalCloudError(
        f"What has the passwords of the databases, {place}, {how}.",
        "Nobody can open the databases that they belong to; nothing was started.",
        "Put it back, or forget what the stand-ins hold: `make stand-ins-down`.",
    )
