#!/usr/bin/env bash
# usage: tests/publish/prism.sh
# Holds krgate's requests to GitHub's description by an independent judge: starts Prism on
# both descriptions of fixtures/github and runs the test that publishes to it (rule G151).
#
# KRGATE_PRISM_MODULES names a folder node_modules with @stoplight/prism-cli 5.16.0; made by
#   npm install --prefix DIR --ignore-scripts @stoplight/prism-cli@5.16.0
# Needs node and curl. Exit 0: every request was taken, or Prism is not there, and it says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

prism="${KRGATE_PRISM_MODULES:-node_modules}/@stoplight/prism-cli/dist/index.js"
if [ ! -f "$prism" ]; then
  echo "skipped: Prism is not at $prism (set KRGATE_PRISM_MODULES)"
  exit 0
fi
export SCARF_ANALYTICS=false
log=$(mktemp)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -f "$log"' EXIT

# Prism knows the answers as application/json alone and refuses GitHub's own media type; and
# its example of a page goes on at api.github.com.
relay='const http = require("http"), [to, at] = process.argv.slice(1).map(Number);
http.createServer((i, o) => i.pipe(http.request({ host: "127.0.0.1", port: to, method: i.method,
  path: i.url, headers: { ...i.headers, accept: "application/json" } },
  (r) => { delete r.headers.link; o.writeHead(r.statusCode, r.headers); r.pipe(o); }))).listen(at, "127.0.0.1");'

port=4010
for description in slim.json slim.ghes-3.17.json; do
  node "$prism" mock "fixtures/github/$description" --errors --host 127.0.0.1 -p "$port" \
    --multiprocess false > "$log" 2>&1 &
  prism_pid=$!
  node -e "$relay" "$port" $((port + 1)) &
  pids+=("$prism_pid" "$!")
  until curl -s -o /dev/null "http://127.0.0.1:$port/rate_limit"; do
    kill -0 "$prism_pid" || { cat "$log"; exit 1; }
    sleep 0.2
  done
  echo "== $description"
  KRGATE_PRISM="http://127.0.0.1:$((port + 1))" cargo test --locked --test publish prism_takes_every_request
  port=$((port + 2))
done
