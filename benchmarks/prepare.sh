#!/usr/bin/env bash
# Install the peers into a throwaway environment (the folder given, or one in the temporary folder).
# R's gstat comes from the system: apt-get install r-cran-gstat
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
PATH="$here/../.venv/bin:$PATH" # uv
folder="${1:-${TMPDIR:-/tmp}/soil-hotspots-peers}"
uv venv --quiet --allow-existing "$folder"
uv pip install --quiet --python "$folder/bin/python" --requirement "$here/requirements-peers.txt"
"$folder/bin/python" - <<'PYTHON'
from importlib.metadata import version

for name in ("gstools", "pykrige", "pykdtree", "scipy", "tipg", "titiler.application"):
    print(name, version(name))
PYTHON
command -v Rscript >/dev/null && Rscript -e 'cat("gstat", as.character(packageVersion("gstat")), "\n")' ||
  echo "Rscript is absent: gstat will be left out"
