"""The vault: what opens somebody else's system, encrypted for the store with a key that lies outside of it.

A copy of the store, a backup or a dump then opens nothing. The key is a file of its own, made at the first secret and
readable by its owner alone; whoever moves the product to another machine takes it along or types the secrets anew.
"""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from indicators.errors import N_, CockpitError, Issue

OWNER_ONLY = 0o600


class Vault:
    """Seals and opens secrets with the key of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, secret: str) -> str:
        """A secret as the store keeps it; an empty one stays empty."""
        return self._key().encrypt(secret.encode()).decode() if secret else ""

    def open(self, sealed: str) -> str:
        """The secret again.

        raises  CockpitError ``secret_unreadable`` where the key is another one, or gone
        """
        if not sealed:
            return ""
        try:
            return self._key(make=False).decrypt(sealed.encode()).decode()
        except (InvalidToken, OSError, ValueError) as error:
            raise CockpitError(
                Issue("secret_unreadable", N_("已保存的口令打不开：密钥文件不在或已更换。"),
                      N_("请把原来的密钥文件放回设置 feeds.key_file 所指的位置，或重新填写口令。"))
            ) from error  # fmt: skip

    def _key(self, make: bool = True) -> Fernet:
        if make:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            except FileExistsError:
                pass
            else:
                with os.fdopen(handle, "wb") as file:
                    file.write(Fernet.generate_key())
        return Fernet(self._path.read_bytes().strip())
