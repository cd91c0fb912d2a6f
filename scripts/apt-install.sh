#!/bin/sh
# Install Debian packages when apt is there and we may use it without a password; fail quietly if not.
# Use: sh scripts/apt-install.sh PACKAGE...
set -u
command -v apt-get >/dev/null 2>&1 || exit 1
as_root=
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true >/dev/null 2>&1 || exit 1
    as_root="sudo -n"
fi
export DEBIAN_FRONTEND=noninteractive
printf 'setup: installing %s with apt\n' "$*" >&2
options="-qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60"
# The package lists may be missing or old, so refresh them first; a failing refresh may still do.
$as_root apt-get $options update >/dev/null 2>&1
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get $options install -y --no-install-recommends "$@" >/dev/null 2>&1
