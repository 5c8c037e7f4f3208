#!/usr/bin/env bash
# The README's section on wasmtime's own command line, word for word, against
# the sandbox: a contact, a matter, a document, the same again, and what an `err`
# means for the exit code. Run by hand: building wasmtime takes 20 minutes.
#
#   tests/embeddings/wasmtime.sh          # builds wasmtime below target/ first
#   WASMTIME=path tests/embeddings/wasmtime.sh
#
# CLIO is the command (without it the one in target/release), CLIO_COMPONENTS the
# folder of components (without it one that the command exports).
set -euo pipefail
cd "$(dirname "$0")/../.."
top=$PWD
clio=$(realpath "${CLIO:-target/release/clio}")

wasmtime=${WASMTIME:-}
if [ -z "$wasmtime" ]; then
    cargo install wasmtime-cli --version 48.0.8 --locked --root target/wasmtime
    wasmtime=target/wasmtime/bin/wasmtime
fi
wasmtime=$(realpath "$wasmtime")
"$wasmtime" --version

work=$(mktemp -d)
sandbox=
cleanup() {
    [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# The README's commands call these by name.
mkdir "$work/bin"
ln -s "$clio" "$work/bin/clio"
ln -s "$wasmtime" "$work/bin/wasmtime"
export PATH="$work/bin:$PATH"

cd "$work"
if [ -n "${CLIO_COMPONENTS:-}" ]; then
    ln -s "$(cd "$top" && realpath "$CLIO_COMPONENTS")" dist
else
    clio export dist
fi

clio sandbox > sandbox.json &
sandbox=$!
for _ in $(seq 100); do [ -s sandbox.json ] && break; sleep 0.1; done
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" sandbox.json; }
CLIO_ORIGIN=$(member origin)
CLIO_ACCESS_TOKEN=$(member token)
export CLIO_ORIGIN CLIO_ACCESS_TOKEN

failures=0
# check WHAT EXPECTED-EXIT EXPECTED-PATTERN COMMAND...
check() {
    local what=$1 exit=$2 pattern=$3 output code=0
    shift 3
    output=$("$@" 2>&1) || code=$?
    if [ "$code" = "$exit" ] && grep -Eq -- "$pattern" <<<"$output"; then
        printf 'ok      %s: exit %s, %s\n' "$what" "$code" "$(head -c 120 <<<"$output" | head -1)"
    else
        printf 'FAILED  %s: exit %s (expected %s), and not %s:\n%s\n' \
            "$what" "$code" "$exit" "$pattern" "$output"
        failures=$((failures + 1))
    fi
}

# The README's own lines: the block after the heading, without what a person has
# done before (the export, and the two variables).
sed -n '/^### wasmtime/,/^###* [^w]/p' "$top/README.md" | sed -n '/^```sh$/,/^```$/p' |
    sed -n '/^wasmtime run/,/^```$/p' | sed '/^```$/d' > readme.sh
[ -s readme.sh ] || { echo "FAILED  README.md has no section on wasmtime"; exit 1; }
check 'the README, word for word' 0 '^ok\(\{id: [0-9]+, disposition: created' bash readme.sh
check 'the README, once more' 0 '^ok\(\{id: [0-9]+, disposition: linked' bash readme.sh

run() { wasmtime run -S http --env CLIO_ORIGIN --env CLIO_ACCESS_TOKEN --invoke "$2" "dist/$1.portable.wasm"; }
contact=$(bash readme.sh | sed 's/^ok({id: \([0-9]*\),.*/\1/')
matter_of='create({source-id: "intake:1", client: '$contact', title: "Lee v. Harbor", other-clients: []})'
check 'a matter' 0 '^ok\(\{id: [0-9]+,.*disposition: created' run create-matter "$matter_of"
matter=$(run create-matter "$matter_of" | sed 's/^ok({id: \([0-9]*\),.*/\1/')
document='upload({source-id: "intake:1/a", parent: matter('$matter'), name: "a.txt", content: {source: inline([104, 105])}, provenance: from-person})'
check 'a document' 0 '^ok\(\{id: [0-9]+, disposition: created, sent: 2' run upload-document "$document"
check 'the same document' 0 'disposition: linked' run upload-document "$document"

check 'an err is an answer, and exits with 0' 0 '^err\(permanent\(\{code: invalid-input' \
    run sync-contact 'sync({source-id: "", contact: company({name: "A"}), emails: [], phones: [], addresses: [], known-others: []})'
check 'a token that Clio refuses' 0 '^err\(permanent\(\{code: not-connected' \
    env CLIO_ACCESS_TOKEN=wrong bash readme.sh
check 'no connection' 0 '^err\(transient\(\{code: unavailable' \
    env CLIO_ORIGIN=http://127.0.0.1:9 bash readme.sh
check 'a value that is none' 1 'interpreting parameters' run sync-contact 'sync({})'
check 'a base build needs clio:actions/credentials' 1 'clio:actions/credentials' \
    wasmtime run -S http --invoke 'check({areas: []})' dist/check-connection.wasm
check 'no HTTP without -S http' 1 'wasi:http' \
    wasmtime run --env CLIO_ORIGIN --env CLIO_ACCESS_TOKEN --invoke 'check({areas: []})' dist/check-connection.portable.wasm

[ "$failures" = 0 ] || { echo "$failures failed"; exit 1; }
echo 'all passed'
