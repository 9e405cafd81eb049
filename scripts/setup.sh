#!/bin/sh
# Find a Python that Comptoir runs on (3.11 or newer) and let it do the set-up: scripts/setup.py.
# PYTHON=/path/to/python chooses one by hand.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    if fits "$PYTHON"; then
        exec "$PYTHON" "$here/setup.py" "$@"
    fi
    echo "set-up: PYTHON=$PYTHON is not a working Python 3.11 or newer. Choose another, or leave PYTHON out." >&2
    exit 1
fi

for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if fits "$candidate"; then
        exec "$candidate" "$here/setup.py" "$@"
    fi
done

found=$(python3 --version 2>/dev/null || true)
echo "set-up: Comptoir needs Python 3.11 or newer; this machine has ${found:-no python3}." >&2
echo "Install one (Debian 12, Ubuntu 24.04 and later: apt-get install python3 python3-venv) and run the same command again," >&2
echo "or name one that is not on the PATH: PYTHON=/path/to/python3.13 make ..." >&2
exit 1
