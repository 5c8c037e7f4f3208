#!/usr/bin/env bash
# A component from another language: an action written in Python, made with
# componentize-py against this contract, run by the command against the sandbox.
# By hand: it installs from PyPI below a folder of its own, and takes a minute.
#
#     CLIO=target/release/clio tests/embeddings/python-component.sh
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$here/../.."
clio="$(realpath "${CLIO:-$root/target/release/clio}")"
work="$(mktemp -d)"
sandbox=
trap '[ -z "$sandbox" ] || kill "$sandbox"; rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet componentize-py==0.25.1

# The contract's text as the command hands it out: what the action imports of it,
# and WASI.
"$clio" export "$work/dist" >/dev/null
mkdir -p "$work/wit/deps/clio-actions"
cp "$here/python-component/action.wit" "$work/wit/"
cp "$work/dist/wit/deps/"*.wit "$work/wit/deps/"
cp "$work/dist/wit/types.wit" "$work/dist/wit/credentials.wit" "$work/wit/deps/clio-actions/"

# --stub-wasi leaves out what an interpreter imports unasked: sockets, which are
# given to nobody here.
cd "$here/python-component"
"$work/venv/bin/componentize-py" -d "$work/wit" -w count-areas-action \
    componentize --stub-wasi app -o "$work/count-areas.wasm"
ls -l "$work/count-areas.wasm" | awk '{print $5 " bytes"}'

export CLIO_HOME="$work/home"
mkfifo "$work/told"
"$clio" sandbox >"$work/told" &
sandbox=$!
read -r told <"$work/told"
member() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$told" "$1"; }
CLIO_ORIGIN="$(member origin)" CLIO_ACCESS_TOKEN="$(member token)"
export CLIO_ORIGIN CLIO_ACCESS_TOKEN

count() { "$clio" run --component "$work/count-areas.wasm" --input '"a"' "$@"; }
# It brings no description, so nothing is allowed by itself.
if denied="$(count 2>/dev/null)"; then
    echo "a request was let out that nobody allowed" >&2
    exit 1
fi
grep -q denied_by_policy <<<"$denied"
time counted="$(count --allow 'GET /api/v4/practice_areas.json')"
echo "practice areas with an a: $counted"
[ "$counted" -ge 1 ]
