#!/usr/bin/env bash
# Plays a dozen weeks of four repositories with one ledger: fleet.sh KRGATE FOLDER
# The page of the first one then has a survival curve with many steps, and a grid of what was
# scanned in which each state stands: in time, stale, failed, never.
set -euo pipefail

krgate=$1
mkdir -p "$2"
cd "$2"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

# sarif TOOL OK RULE:LINE...: a report of findings in app.py, at lines that are told apart.
sarif() {
  local tool=$1 ok=$2 results="" rules="" finding
  shift 2
  for finding in "$@"; do
    results+="${results:+,}{\"ruleId\":\"${finding%:*}\",\"level\":\"error\",\"message\":{\"text\":\"m\"},"
    results+="\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"app.py\"},"
    results+="\"region\":{\"startLine\":${finding#*:}}}}]}"
    rules+="${rules:+,}{\"id\":\"${finding%:*}\",\"properties\":{\"security-severity\":\"8.1\"}}"
  done
  printf '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"%s","version":"1.0.0","rules":[%s]}},' "$tool" "$rules"
  printf '"invocations":[{"executionSuccessful":%s}],"results":[%s]}]}\n' "$ok" "$results"
}

for name in shop pay web warehouse-of-the-old-platform; do
  mkdir "$name"
  git -C "$name" init --quiet --initial-branch main .
  git -C "$name" config user.name octo
  git -C "$name" config user.email octo@example.org
  git -C "$name" remote add origin "https://example.org/acme/$name.git"
  printf '/reports/\n' >"$name/.gitignore"
  seq -f 'line %g' 200 >"$name/app.py"
  printf 'repository\nacme/shop\nacme/pay\nacme/web\nacme/mobile\n' >"$name/inventory.csv"
  cat >"$name/krgate.yaml" <<'POLICY'
version: 1
ledger: dir:../ledger
period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }
reports:
  - { name: code, path: "reports/code.sarif", class: sast, required: false }
  - { name: secrets, path: "reports/secrets.sarif", class: secrets, required: false }
  - { name: dependencies, path: "reports/sca.sarif", class: sca, required: false }
data: { inventory: { file: inventory.csv } }
objectives:
  - id: speed
    title: What is found is mended before anybody uses it
    owner: "@acme/appsec"
    key_results:
      - id: time-to-fix
        title: Half of what is found is mended within two weeks
        measure: { time_to_fix: { class: sast, statistic: median, window: 90d, min_n: 5 } }
        start: 40d
        target: "<= 14d"
        on_miss: warn
      - id: open-code
        title: Few findings in the code are open
        measure: { count: { class: sast } }
        start: 12
        target: "<= 3"
        on_miss: warn
      - id: oldest
        title: Nothing is open for more than a quarter
        measure: { age: { class: sast, statistic: max } }
        target: "<= 60d"
        on_miss: warn
      - id: scanned
        title: Every repository is scanned for everything
        measure: { coverage: { class: [sast, secrets, sca], within: 8d } }
        target: ">= 100%"
        on_miss: warn
POLICY
done

# Findings come two a week from the second one on; each stays as many weeks as its number says.
open_in() {
  local week=$1 first stay number=0
  for first in 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9 10 10 11; do
    number=$((number + 1))
    stay=$((1 + number * 7 % 6))
    [ $((number % 9)) -ne 0 ] || stay=99
    if [ "$first" -le "$week" ] && [ $((first + stay)) -gt "$week" ]; then
      echo "py/rule-$number:$((number * 9))"
    fi
  done
}

# check REPOSITORY DAY: what is scanned there is recorded.
check() {
  (
    cd "$1"
    export GIT_AUTHOR_DATE="${2}T08:00:00Z" GIT_COMMITTER_DATE="${2}T08:00:00Z" KRGATE_NOW="${2}T09:00:00Z"
    git add --all
    git commit --quiet --allow-empty --message "the week of $2"
    KRGATE_SECRET_KEY=0123456789abcdef "$krgate" check --record --event state --quiet >/dev/null || test $? -le 3
  )
}

week=0
for day in 2026-09-28 2026-10-05 2026-10-12 2026-10-19 2026-10-26 2026-11-02 2026-11-09 2026-11-16 2026-11-23 2026-11-30 2026-12-07; do
  for name in shop pay web warehouse-of-the-old-platform; do
    rm -rf "$name/reports"
    mkdir "$name/reports"
  done
  mapfile -t open < <(open_in "$week")
  sarif CodeQL true "${open[@]}" >shop/reports/code.sarif
  sarif Trivy true >shop/reports/sca.sarif
  sarif gitleaks true >shop/reports/secrets.sarif
  check shop "$day"
  # pay is not scanned for dependencies any more, web never was for secrets, and a scan of it
  # fails in the last week; nobody looks after the old platform.
  sarif CodeQL true >pay/reports/code.sarif
  sarif gitleaks true >pay/reports/secrets.sarif
  [ "$week" -gt 6 ] || sarif Trivy true >pay/reports/sca.sarif
  check pay "$day"
  sarif CodeQL "$([ "$week" -eq 10 ] && echo false || echo true)" >web/reports/code.sarif
  sarif Trivy true >web/reports/sca.sarif
  check web "$day"
  if [ "$week" -lt 3 ]; then
    sarif CodeQL true >warehouse-of-the-old-platform/reports/code.sarif
    check warehouse-of-the-old-platform "$day"
  fi
  week=$((week + 1))
done
