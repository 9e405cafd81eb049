"""`python -m comptoir_sandbox PLATFORM [options]`: one simulator on one port."""

from __future__ import annotations

import importlib
import sys

PLATFORMS = ("quickbooks", "shopify")
USAGE = f"usage: python -m comptoir_sandbox {{{'|'.join(PLATFORMS)}}} [--host 127.0.0.1] [--port 0] [options]"


def main(argv: list[str]) -> int:
    """Run the simulator named by the first argument; exit code 2 for an unknown one."""
    if argv and argv[0] in {"-h", "--help"}:
        sys.stdout.write(USAGE + "\n")
        return 0
    if not argv or argv[0] not in PLATFORMS:
        sys.stderr.write(USAGE + "\n")
        return 2
    # Imported on demand: one simulator does not pay for, nor break with, the other.
    module = importlib.import_module(f"comptoir_sandbox.{argv[0]}.main")
    code: int = module.run(argv[1:])
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
