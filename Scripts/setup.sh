#!/bin/sh
# Installs the Debian packages that Tenon is built and tested with, and those named, if any is missing. Says what is needed where there is no apt.
set -eu

packages="git libgit2-dev zlib1g-dev libzstd-dev libsqlite3-dev pkg-config python3 $*"

if ! command -v swift >/dev/null 2>&1; then
    echo "setup: Swift 6.2 or newer is needed and is not on PATH; see https://www.swift.org/install/linux/" >&2
    exit 1
fi

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $packages; do
        case "$package" in
        # A git or python3 from elsewhere serves as well as Debian's.
        git | python3) command -v "$package" >/dev/null 2>&1 && continue ;;
        python3-venv) python3 -c 'import ensurepip' 2>/dev/null && continue ;;
        esac
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
    done
    [ -n "$missing" ] || exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    for module in libgit2 zlib libzstd sqlite3; do
        pkg-config --exists "$module" 2>/dev/null || missing="$missing $module"
    done
    [ -n "$missing" ] || exit 0
    echo "setup: there is no apt-get here; install these with your system's package manager, headers included:$missing" >&2
    exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: run this as root, or install sudo; missing packages:$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi
echo "setup: installing$missing" >&2
# shellcheck disable=SC2086 # a list of words on purpose
$as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null' setup $missing
