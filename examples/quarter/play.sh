#!/usr/bin/env bash
# Plays the quarter with the reports that are here: play.sh FOLDER
# KRGATE names the program [default: krgate]. Every date is fixed, so that each run gives
# the same ledger.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
krgate=${KRGATE:-krgate}
mkdir -p "$1"
cd "$1"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init --quiet --initial-branch main .
git config user.name octo
git config user.email octo@example.org
git remote add origin https://example.org/acme/payments.git
cp "$here/krgate.yaml" .
printf '/.krgate/\n/reports/\n' >.gitignore
mkdir reports

while read -r day trained confidence weak; do
  [ "${day#\#}" = "$day" ] || continue
  rm -rf app
  cp -r "$here/app/mended" app
  for part in ${weak//,/ }; do
    cp "$here/app/weak/$part.py" app/
  done
  export GIT_AUTHOR_DATE="${day}T08:00:00Z" GIT_COMMITTER_DATE="${day}T08:00:00Z"
  git add --all
  git commit --quiet --allow-empty --message "the week of $day"
  cp "$here/reports/$day.json" reports/bandit.json
  export KRGATE_NOW="${day}T09:00:00Z"
  if [ "$trained" != - ]; then
    "$krgate" checkin trained "$trained" --confidence "$confidence"
  fi
  # 1: a key result that blocks is missed; it is recorded like any other week.
  "$krgate" check --record --event state --quiet || test $? -eq 1
done <"$here/weeks.txt"

KRGATE_NOW=2026-12-28T12:00:00Z "$krgate" status
