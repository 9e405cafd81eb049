"""What a platform is called, as its own folder says."""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files

ROOMS = ("comptoir.stores", "comptoir.ledgers")


@functools.cache
def platform_name(slug: str) -> str:
    """The platform's proper name; its short name where this release does not know it."""
    manifests = (files(room).joinpath(slug, "manifest.toml") for room in ROOMS)
    found = next((each for each in manifests if each.is_file()), None)
    return str(tomllib.loads(found.read_text(encoding="utf-8"))["name"]) if found is not None else slug
