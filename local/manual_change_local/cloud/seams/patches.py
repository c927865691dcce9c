"""Replacing attributes for as long as the cloud runs."""

from __future__ import annotations

from contextlib import ExitStack


class Patches:
    """Remembers what was replaced and puts it back, last replacement first."""

    def __init__(self) -> None:
        self._undo = ExitStack()

    def replace(self, owner: object, name: str, replacement: object) -> None:
        """Set `owner.name` until `undo`.

        Raises:
            AttributeError: there is no such attribute, so moto is not the version that this was written for.
        """
        original = vars(owner)[name] if name in vars(owner) else getattr(owner, name)
        setattr(owner, name, replacement)
        self._undo.callback(setattr, owner, name, original)

    def add(self, owner: object, name: str, addition: object) -> None:
        """Set `owner.name`, which does not exist, until `undo`.

        Raises:
            RuntimeError: it exists, so moto has learnt what this was written for.
        """
        if hasattr(owner, name):
            raise RuntimeError(f"{owner!r} has {name} by now; this seam must be looked at again")
        setattr(owner, name, addition)
        self._undo.callback(delattr, owner, name)

    def undo(self) -> None:
        """Put everything back."""
        self._undo.close()
