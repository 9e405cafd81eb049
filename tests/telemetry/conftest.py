"""The engine's small world serves here too."""

from tests.engine.conftest import blank, home, road

__all__ = ["blank", "home", "road"]
