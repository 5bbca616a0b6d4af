#!/bin/sh
# Installs Chromium (from Debian), in which the end-to-end tests look at the pages that `tenon plots` writes. Where it can't be had, these tests are skipped.
set -eu

for program in chromium chromium-browser google-chrome; do
    command -v "$program" >/dev/null 2>&1 && exit 0
done
"$(dirname "$0")/setup.sh" chromium fonts-dejavu-core ||
    echo "test-browser: Chromium could not be installed; the tests of pages are skipped" >&2
