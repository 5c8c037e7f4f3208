#!/usr/bin/env bash
# The exported workflows of `n8n/workflows` in real n8n 2.8.4 on Node.js 20, against
# the sandbox: a case with a file, detection, a webhook in, the renewal of a token, a
# retry. Run by hand: installing n8n takes minutes and over 2 GB.
#
#   CLIO=path CLIO_COMPONENTS=folder tests/embeddings/n8n.sh [FOLDER]
#
# FOLDER, by default target/n8n, keeps n8n between runs. CLIO is the command
# (without it the one in target/release).
set -euo pipefail
cd "$(dirname "$0")/../.."
export CLIO=$(realpath "${CLIO:-target/release/clio}")
folder=${1:-target/n8n}
mkdir -p "$folder"
folder=$(realpath "$folder")

node=$(node --version)
case $node in v20.*) ;; *) echo "n8n 2.8.4 is tried on Node.js 20; this is $node" >&2; exit 1 ;; esac
if [ ! -x "$folder/n8n/node_modules/.bin/n8n" ]; then
    mkdir -p "$folder/n8n"
    # Its `xlsx` comes from a server of its own, which is not reached everywhere.
    echo '{"private":true,"overrides":{"xlsx":"0.18.5"},"dependencies":{"n8n":"2.8.4"}}' > "$folder/n8n/package.json"
    (cd "$folder/n8n" && npm install --no-audit --no-fund)
fi

(
    cd host/n8n
    if [ ! -f ../node/dist/inline.mjs ]; then
        (cd ../node && npm ci --no-audit --no-fund && npm run build -- "$(realpath "${CLIO_COMPONENTS:?names the folder of components}")")
    fi
    [ -d node_modules ] || npm ci --no-audit --no-fund
    npm run build
)

# A home of its own, with the package as n8n installs it.
home=$folder/home
rm -rf "$home"
mkdir -p "$home/.n8n/nodes"
package=$(cd host/n8n && npm pack --silent --pack-destination "$home")
(cd "$home/.n8n/nodes" && npm install --no-audit --no-fund --ignore-scripts --legacy-peer-deps "$home/$package")

node tests/embeddings/n8n/run.mjs "$folder/n8n" "$home"
