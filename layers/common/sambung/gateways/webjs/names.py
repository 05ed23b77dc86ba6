"""What a session may be called on a node, and the workspace its name belongs to."""

import re
from typing import Final

WORKSPACE: Final = 1
"""Where a session is kept whose name says nothing else."""

_ADDRESSABLE: Final = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_IN_NAME: Final = re.compile(r"webjs_([1-9][0-9]{0,8})_.+", re.ASCII | re.DOTALL)


def is_addressable(name: str) -> bool:
    """Whether a node can hold a session of this name; it answers 500 to any other."""
    return _ADDRESSABLE.fullmatch(name) is not None


def workspace_of(name: str) -> int:
    """The workspace a node files the session's pairing under: a restored session finds it by nothing else.

    The service's own names carry it (`webjs_<workspace>_<time>_<random>`).
    """
    found = _IN_NAME.fullmatch(name)
    return int(found[1]) if found else WORKSPACE


def is_in_place(name: str, workspace: object) -> bool:
    """Whether a session is kept where its name says: any other is out of reach, since no call of ours would find it."""
    return workspace is None or str(workspace) == str(workspace_of(name))
