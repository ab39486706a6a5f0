#!/usr/bin/env bash
# Makes docs/pictures anew from examples/quarter: pictures.sh KRGATE
# Needs npm, Chromium (KRGATE_BROWSER names one) and pngquant. Fonts are those of the machine,
# so that no test compares the pictures.
set -euo pipefail

krgate=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: "${KRGATE_BROWSER:=$(command -v chromium)}"
export KRGATE_BROWSER

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$scratch/node" 'playwright-core@1.65.1'
tests/pages/make.sh "$krgate" "$scratch/pages"
mkdir -p docs/pictures
node tests/pages/picture.mjs "$scratch/node" "$scratch/pages" docs/pictures
pngquant --force --skip-if-larger --strip --ext .png 64 docs/pictures/*.png
du -ch docs/pictures/*.png
