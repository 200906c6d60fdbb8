#!/bin/sh
# Checks the types of the page and bundles it into dist/, which is committed and which `ding` embeds.
#   build.sh          writes dist/
#   build.sh --check  says whether dist/ is what the sources make, byte for byte
set -eu
cd "$(dirname "$0")"

if [ ! -d node_modules ]; then
  npm ci --no-audit --no-fund --ignore-scripts
fi
node_modules/.bin/tsc --noEmit

case "${1:-}" in
  "")
    node build.mjs dist
    ;;
  --check)
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    node build.mjs "$fresh"
    if ! diff -rq "$fresh" dist; then
      echo "admin/web/dist is stale: run admin/web/build.sh and commit what it wrote" >&2
      exit 1
    fi
    echo "admin/web/dist is fresh"
    ;;
  *)
    echo "usage: build.sh [--check]" >&2
    exit 64
    ;;
esac
