#!/usr/bin/env bash
# Runs the gate, or writes the weekly report: KRGATE_COMMAND, with the binary that KRGATE names.
#
# `report` writes its three files into the runner's temporary folder and names them in the outputs: the page for a
# browser (`page`), krgate.report/1 (`report`), and Markdown, which is added to the job summary. Nothing of the report
# goes to the log. Its exit code is krgate's own.
set -euo pipefail
unset ENV CDPATH

if [ "${KRGATE_COMMAND:?}" != report ]; then
  exec "${KRGATE:?}" "$KRGATE_COMMAND"
fi

# GitHub drops a summary of more than 1 MiB as a whole.
most=1000000
folder=$(mktemp -d "${RUNNER_TEMP:?}/krgate-report.XXXXXX")
code=0
"${KRGATE:?}" report --output "html=$folder/index.html" --output "json=$folder/report.json" \
  --output "markdown=$folder/report.md" || code=$?

status=pass
[ "$code" -eq 0 ] || status=error
page='' report=''
if [ -f "$folder/index.html" ]; then page=$folder/index.html; fi
if [ -f "$folder/report.json" ]; then report=$folder/report.json; fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  printf '%s\n' "status=$status" "exit-code=$code" "blocking=[]" "report=$report" "page=$page" "record=" >>"$GITHUB_OUTPUT"
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ "${KRGATE_SUMMARY:-true}" != false ] && [ -f "$folder/report.md" ]; then
  there=0
  if [ -f "$GITHUB_STEP_SUMMARY" ]; then there=$(wc -c <"$GITHUB_STEP_SUMMARY"); fi
  if [ $((there + $(wc -c <"$folder/report.md"))) -le "$most" ]; then
    { if [ "$there" -gt 0 ]; then echo; fi; cat "$folder/report.md"; } >>"$GITHUB_STEP_SUMMARY"
  else
    echo "krgate report: too large for the job summary; it is in the output report"
  fi
fi
exit "$code"
