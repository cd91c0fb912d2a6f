#!/bin/sh
# Make .venv when there is none that works, then install a requirements file into it.
# Use: sh scripts/setup.sh requirements.txt      (the variable PYTHON names another interpreter)
set -eu
cd "$(dirname "$0")/.."
requirements=$1
python=${PYTHON:-python3}

say() { printf 'setup: %s\n' "$*" >&2; }

if ! command -v "$python" >/dev/null 2>&1; then
    say "There is no $python. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)."
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "$("$python" --version) is too old: mmdemo needs 3.11 or newer. Name another one: make demo PYTHON=python3.12"
    exit 1
fi

# A .venv that was moved, or whose Python went away, cannot run: make it anew.
if ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
    # Debian and Ubuntu ship Python without the part of venv that brings pip.
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
        if sh scripts/apt-install.sh "$package" || sh scripts/apt-install.sh python3-venv; then
            say "$package is installed"
        else
            say "Python lacks venv. Install it as administrator: apt-get install $package, then run make again."
            exit 1
        fi
    fi
    say "making .venv"
    "$python" -m venv --clear .venv
fi

say "installing $requirements (the first time this fetches about 3 GB, mostly PyTorch, and takes minutes)"
quiet=-q
[ -t 1 ] && quiet= # a terminal gets pip's progress bars, a log does not
.venv/bin/python -m pip install $quiet --disable-pip-version-check --no-input -r "$requirements"
say "$requirements is installed"
