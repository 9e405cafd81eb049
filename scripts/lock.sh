#!/bin/sh
# Write requirements/{run,build,test,node}.txt: every package with its version and hashes, for every platform and Python >= 3.11.
# Versions already locked stay unless they no longer fit; `make lock UPGRADE=1` takes the newest.
# The files must name no index and no path of a machine: checked at the end.
set -eu
cd -- "$(dirname -- "$0")/.."

compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
        ${UPGRADE:+--upgrade} ${3:-} "$1" --output-file "$2"
    echo "$2: $(grep -c '^[a-z0-9].*==' "$2") packages"
}

compile pyproject.toml requirements/run.txt
compile requirements/build.in requirements/build.txt
compile requirements/test.in requirements/test.txt
compile requirements/server.in requirements/server.txt --no-deps
compile requirements/node.in requirements/node.txt

if grep -nE '://|^-|file:|@ ' requirements/run.txt requirements/build.txt requirements/test.txt requirements/node.txt; then
    echo "lock: the lines above name a host, a path or an option: they do not belong in a lock file" >&2
    exit 1
fi
