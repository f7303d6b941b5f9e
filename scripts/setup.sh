#!/usr/bin/env bash
# Prepare .venv: the locked versions of everything, and the command `chengmai` itself.
# Needs Python 3.11 and a reachable Python package index; nothing else, and no root.
set -euo pipefail
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9
export UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy

python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in python3.11 python3 python; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
fi
if [ -z "$python" ]; then
    echo "setup: Python 3.11 is not here. On Debian 12: apt-get install python3.11 python3.11-venv; or set PYTHON=/path/to/python3.11" >&2
    exit 1
fi

uv=.venv/bin/uv
if [ ! -x "$uv" ] || [ "$("$uv" --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .venv
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    else
        # Debian ships Python without ensurepip; the wheel of uv holds the program itself.
        "$python" -m venv --without-pip .venv
        .venv/bin/python scripts/fetch_uv.py "$UV_VERSION" "$uv"
    fi
fi
# --inexact keeps uv itself, which is not among the locked packages
"$uv" sync --frozen --quiet --inexact --python .venv/bin/python
