#!/usr/bin/env bash
# Puts a krgate binary in place for the step after this one, and names it in the output `krgate`.
#
# KRGATE_INSTALL: auto, path, release or source.
# auto tries this version in the tool cache, then the release asset, then builds from source. A binary that is
# cached or fetched is held to dist/checksums.txt of the action's own commit every time; a wrong digest ends the
# step with exit code 4 and is never passed over. Annotations would share the gate's ten, so none are printed.
set -euo pipefail
unset ENV CDPATH

say() { printf 'krgate install: %s\n' "$1"; }
fail() { say "$2"; exit "$1"; }

action=${GITHUB_ACTION_PATH:?}
temporary=${RUNNER_TEMP:?}
cache=${RUNNER_TOOL_CACHE:-$temporary/tools}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$action/Cargo.toml" | head -n 1)

case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
  Linux-X64) target=x86_64-unknown-linux-musl suffix= ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl suffix= ;;
  macOS-X64) target=x86_64-apple-darwin suffix= ;;
  macOS-ARM64) target=aarch64-apple-darwin suffix= ;;
  Windows-X64) target=x86_64-pc-windows-msvc suffix=.exe ;;
  Windows-ARM64) target=aarch64-pc-windows-msvc suffix=.exe ;;
  *) target= suffix= ;;
esac
asset=krgate-$target$suffix
place=$cache/krgate/$version/$target
expected=
if [ -n "$target" ] && [ -f "$action/dist/checksums.txt" ]; then
  expected=$(awk -v name="$asset" '$2 == name { print $1 }' "$action/dist/checksums.txt")
fi

digest() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

hold_to_checksum() {
  [ "$(digest "$1")" = "$expected" ] ||
    fail 4 "$2 is not the file that this version of the action names: its SHA-256 differs from dist/checksums.txt. Nothing was run."
}

finish() {
  printf 'krgate=%s\n' "$1" >>"${GITHUB_OUTPUT:?}"
  say "$2: $("$1" --version)"
  exit 0
}

from_path() {
  local found
  found=$(command -v krgate) || fail 4 "install: path was asked for, and there is no krgate on PATH"
  finish "$found" "taken from PATH"
}

from_cache() {
  [ -n "$expected" ] && [ -f "$place/krgate$suffix" ] || return 0
  hold_to_checksum "$place/krgate$suffix" "the krgate in the tool cache"
  finish "$place/krgate$suffix" "taken from the tool cache"
}

# Where a release would be: the action's own repository, which the runner's folder of actions is named after.
releases() {
  case "${action//\\//}" in
    */_actions/*/*/*) ;;
    *) return 1 ;;
  esac
  local rest=${action//\\//}
  rest=${rest##*/_actions/}
  local owner=${rest%%/*}
  rest=${rest#*/}
  printf 'https://github.com/%s/%s/releases/download/v%s' "$owner" "${rest%%/*}" "$version"
}

from_release() {
  local address fetched=$temporary/$asset
  [ -n "$expected" ] || { say "no checksum for this platform at this commit of the action"; return 0; }
  address=$(releases) || { say "the action was not downloaded from a repository, so there is no release of it"; return 0; }
  curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 \
    --max-time 120 --output "$fetched" "$address/$asset" 2>"$temporary/krgate-curl.txt" ||
    { say "the release could not be downloaded"; return 0; }
  hold_to_checksum "$fetched" "the file that was downloaded"
  mkdir -p "$place"
  chmod +x "$fetched"
  mv -f "$fetched" "$place/krgate$suffix"
  finish "$place/krgate$suffix" "release $version"
}

from_source() {
  command -v cargo >/dev/null || fail 4 "there is no cargo to build krgate with; use a runner that has Rust, or install: path"
  local root=$temporary/krgate-from-source
  say "building from source, which takes a minute or two"
  cargo install --quiet --locked --features postgres --path "$action" --root "$root" --target-dir "$temporary/krgate-target" \
    >"$temporary/krgate-build.txt" 2>&1 ||
    fail 4 "the build failed; cargo's words are in krgate-build.txt in the runner's temporary folder"
  finish "$root/bin/krgate$suffix" "built from source"
}

case "${KRGATE_INSTALL:-auto}" in
  auto) from_cache; from_release; from_source ;;
  path) from_path ;;
  release) from_cache; from_release; fail 4 "install: release was asked for, and there is none to use" ;;
  source) from_source ;;
  *) fail 2 "install takes auto, path, release or source" ;;
esac
