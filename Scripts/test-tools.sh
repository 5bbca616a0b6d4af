#!/bin/sh
# Brings what the end-to-end tests put beside Tenon: Git LFS, strace, OpenSSH's programs, and in a virtual environment at $1 the pre-commit framework,
# lefthook, what reads attestations, and in one of its own at $1/dvc DVC.
set -eu

directory=$1
framework=4.7.0
lefthook=2.2.2
dvc=3.67.1
readers="securesystemslib==1.6.0 sshsig==0.3.1 in-toto-attestation==0.9.3"

"$(dirname "$0")/setup.sh" git-lfs strace openssh-client python3-venv
if ! { [ "$("$directory/bin/pre-commit" --version 2>/dev/null)" = "pre-commit $framework" ] \
	&& [ "$("$directory/bin/lefthook" version 2>/dev/null)" = "$lefthook" ]; }; then
	echo "test-tools: installing pre-commit $framework and lefthook $lefthook" >&2
	python3 -m venv --clear "$directory"
	"$directory/bin/python" -m pip --quiet --disable-pip-version-check install "pre-commit==$framework" "lefthook==$lefthook"
fi
"$directory/bin/python" -m pip --quiet --disable-pip-version-check freeze 2>/dev/null | sort >"$directory/installed"
for reader in $readers; do
	grep -qxF "$reader" "$directory/installed" && continue
	echo "test-tools: installing $readers" >&2
	# shellcheck disable=SC2086 # a list of words on purpose
	"$directory/bin/python" -m pip --quiet --disable-pip-version-check install $readers \
		|| echo "test-tools: they can't be had; the test that needs them is skipped" >&2
	break
done
if [ "$("$directory/dvc/bin/dvc" --version 2>/dev/null)" != "$dvc" ]; then
	echo "test-tools: installing dvc $dvc" >&2
	python3 -m venv --clear "$directory/dvc"
	"$directory/dvc/bin/python" -m pip --quiet --disable-pip-version-check install "dvc==$dvc" \
		|| echo "test-tools: it can't be had; the tests that need it are skipped" >&2
fi
