#!/bin/sh
# Brings what the end-to-end tests put beside Tenon: Git LFS, and the pre-commit framework and lefthook in a virtual environment at $1.
set -eu

directory=$1
framework=4.7.0
lefthook=2.2.2

"$(dirname "$0")/setup.sh" git-lfs python3-venv
[ "$("$directory/bin/pre-commit" --version 2>/dev/null)" = "pre-commit $framework" ] \
	&& [ "$("$directory/bin/lefthook" version 2>/dev/null)" = "$lefthook" ] && exit 0
echo "test-tools: installing pre-commit $framework and lefthook $lefthook" >&2
python3 -m venv --clear "$directory"
"$directory/bin/python" -m pip --quiet --disable-pip-version-check install "pre-commit==$framework" "lefthook==$lefthook"
