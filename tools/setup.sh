#!/bin/sh
# Sets up .venv with the locked packages, and the Debian packages where this user may install them.
# Run by `make`; safe to run again. What cannot be installed is named with the command that installs it.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

install_debian() { # packages...
    command -v apt-get >/dev/null 2>&1 || return 1
    say "Installing Debian packages: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    as_root apt-get update -qq >/dev/null 2>&1 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

has_chinese_tesseract() {
    command -v tesseract >/dev/null 2>&1 && tesseract --list-langs 2>/dev/null | grep -q '^chi_sim$'
}

has_chromium() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

PYTHON=${PYTHON:-$(find_python || true)}
if [ -z "$PYTHON" ]; then
    install_debian python3 python3-venv || true
    PYTHON=$(find_python) || { say "Python 3.11 or newer is needed: sudo apt-get install python3 python3-venv"; exit 3; }
fi

if [ ! -x .venv/bin/python ]; then
    say "Creating .venv with $("$PYTHON" --version)"
    if ! "$PYTHON" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        install_debian python3-venv && "$PYTHON" -m venv .venv || {
            say "No virtual environment could be made: sudo apt-get install python3-venv"; exit 3; }
    fi
fi

say "Installing the locked Python packages (the first time takes a few minutes)"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
# compiled once here, also where the environment keeps Python from writing bytecode: start-up is half the time of a small run
.venv/bin/python -m compileall -q pipeline extractors generators

if ! has_chinese_tesseract; then
    install_debian tesseract-ocr tesseract-ocr-chi-sim || true
fi
if ! has_chinese_tesseract; then
    say "Tesseract with Chinese is missing; reading goes on without the second engine. To install it:"
    say "    sudo apt-get install tesseract-ocr tesseract-ocr-chi-sim"
fi
if ! command -v pdftotext >/dev/null 2>&1; then
    install_debian poppler-utils || say "Some tests read PDFs back with pdftotext: sudo apt-get install poppler-utils"
fi
if ! has_chromium; then
    install_debian chromium || say "The review page's browser tests need Chromium: sudo apt-get install --no-install-recommends chromium"
fi
say "Ready: .venv/bin/beianbox"
