#!/bin/sh
# Make sure that a Chromium is here for the tests that drive the pages: install Debian's as root, else say the command.
set -u
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "set-up: installing chromium with apt-get, for the tests that drive the pages" >&2
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2 && exit 0
fi
echo "set-up: no Chromium here. Install it with: sudo apt-get install -y chromium" >&2
exit 1
