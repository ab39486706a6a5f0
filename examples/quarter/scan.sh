#!/usr/bin/env bash
# Makes reports/ anew: Bandit on the state of each week of weeks.txt. Needs bash and
# Python 3.11 with venv; Bandit is installed into a temporary folder, or taken from the
# folder that SCANNERS names.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
scanners=${SCANNERS:-$temp/bandit}
if [ -z "${SCANNERS:-}" ]; then
  python3 -m venv "$scanners"
  "$scanners/bin/pip" install --quiet --disable-pip-version-check 'bandit==1.9.4'
fi

rm -rf "$here/reports"
mkdir "$here/reports"
while read -r day _ _ weak; do
  [ "${day#\#}" = "$day" ] || continue
  rm -rf "$temp/app"
  cp -r "$here/app/mended" "$temp/app"
  for part in ${weak//,/ }; do
    cp "$here/app/weak/$part.py" "$temp/app/"
  done
  (cd "$temp" && "$scanners/bin/bandit" --quiet --recursive app --exit-zero \
    --format json --output "$here/reports/$day.json")
  # The time of the run is the only thing that is changed in what Bandit wrote.
  sed -i "s/\"generated_at\": \"[^\"]*\"/\"generated_at\": \"${day}T08:30:00Z\"/" \
    "$here/reports/$day.json"
done <"$here/weeks.txt"
