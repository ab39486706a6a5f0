#!/usr/bin/env bash
# Writes pages of examples/quarter: make.sh KRGATE FOLDER
# half-… are of its eighth week, whole-… of its last, empty-… of a ledger that is not there,
# hostile-… of a policy whose texts would like to be more than text, and fleet-… of several
# repositories (fleet.sh).
set -euo pipefail

krgate=$(realpath "$1")
example=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples/quarter" && pwd)
mkdir -p "$2"
folder=$(cd "$2" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A run of CI is not what is played here.
unset CI GITHUB_ACTIONS GITHUB_REPOSITORY GITHUB_REF GITHUB_SHA GITHUB_EVENT_NAME GITHUB_EVENT_PATH

# page COMMAND NAME CLOCK: the page of the folder that this is called in.
page() {
  KRGATE_NOW=$3 "$krgate" "$1" --format html >"$folder/$2-$1.html"
}

cp -r "$example" "$scratch/example"
sed -i '/^2026-11-30/,$d' "$scratch/example/weeks.txt"
KRGATE=$krgate "$scratch/example/play.sh" "$scratch/half" >/dev/null
(cd "$scratch/half" && page report half 2026-11-24T12:00:00Z && page status half 2026-11-24T12:00:00Z)
KRGATE=$krgate "$example/play.sh" "$scratch/whole" >/dev/null
(cd "$scratch/whole" && page report whole 2026-12-28T12:00:00Z)
mkdir "$scratch/empty"
cp "$example/krgate.yaml" "$scratch/empty/"
(cd "$scratch/empty" && page report empty 2026-11-24T12:00:00Z)
mkdir "$scratch/hostile"
cp "$(dirname "${BASH_SOURCE[0]}")/hostile.yaml" "$scratch/hostile/krgate.yaml"
(cd "$scratch/hostile" && page report hostile 2026-11-24T12:00:00Z && page status hostile 2026-11-24T12:00:00Z)
"$(dirname "${BASH_SOURCE[0]}")/fleet.sh" "$krgate" "$scratch/fleet"
(cd "$scratch/fleet/shop" && page report fleet 2026-12-07T12:00:00Z && page status fleet 2026-12-07T12:00:00Z)
