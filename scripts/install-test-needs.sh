#!/bin/sh
# What the browser tests need beside Python: Chromium, and a font with Chinese characters.
# Installs them where apt may be used; elsewhere says what is missing. Never fails the tests.
set -u
cd "$(dirname "$0")/.."

find_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}
find_font() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]
}

if ! find_browser >/dev/null; then
    sh scripts/apt-install.sh chromium
    find_browser >/dev/null ||
        echo "test: there is no Chromium, so the browser tests are skipped (Debian: apt-get install chromium)" >&2
fi
if ! find_font; then
    sh scripts/apt-install.sh fontconfig fonts-wqy-zenhei
    find_font ||
        echo "test: no font has Chinese characters; screenshots of the Chinese page show boxes" \
            "(Debian: apt-get install fontconfig fonts-wqy-zenhei)" >&2
fi
exit 0
