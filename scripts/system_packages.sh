#!/usr/bin/env bash
# What the browser tests need of the system: Chromium, a font with Chinese characters, and the library that the
# Node.js in the wheel of Playwright is linked to.
# Installed when this may be done; otherwise named exactly, and those tests are skipped, loudly.
set -u
missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing+=(fonts-noto-cjk)
ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1' || compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || missing+=(libatomic1)
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if command -v apt-get >/dev/null; then
    if [ "$(id -u)" -eq 0 ]; then
        echo "installing for the browser tests: ${missing[*]}"
        (apt-get update -q && DEBIAN_FRONTEND=noninteractive $install) >/tmp/chengmai-apt.log 2>&1 && exit 0
        tail -n 3 /tmp/chengmai-apt.log >&2
    elif sudo -n true 2>/dev/null; then
        echo "installing for the browser tests: ${missing[*]}"
        (sudo -n apt-get update -q && sudo -n env DEBIAN_FRONTEND=noninteractive $install) >/dev/null 2>&1 && exit 0
    fi
fi
cat >&2 <<END
------------------------------------------------------------------------
NOT INSTALLED: ${missing[*]}
The browser tests will be SKIPPED. To run them, as root:
    $install
------------------------------------------------------------------------
END
exit 0
