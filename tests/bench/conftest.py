"""Every process that these tests start keeps what it compiles."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from bench.world import compile_once


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"):
            patch.setenv(name, os.environ.get(name, ""))  # put back as it was in the end
        compile_once()
        yield
