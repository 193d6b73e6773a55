# Shared by scripts/run and scripts/test: find or install PostgreSQL with PostGIS, uv, and .venv.
# Sourced, never run. Everything here is quick when nothing is missing.

set -euo pipefail
house="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
tools="$house/.venv-tools"
export UV_PYTHON_DOWNLOADS=never # the machine's own Python or a clear sentence, nothing foreign

say() { printf '%s\n' "$@" >&2; }
stop() { say "$@"; exit 1; }

# ---- what the machine has -----------------------------------------------------------------------

# PostGIS >= 3.3 beside a PostgreSQL >= 15, where Debian and Ubuntu put them.
has_postgis() {
  local control version
  for control in /usr/share/postgresql/*/extension/postgis.control; do
    [[ $control =~ /postgresql/([0-9]+)/ ]] && version="${BASH_REMATCH[1]}" || continue
    ((version >= 15)) && [[ -x /usr/lib/postgresql/$version/bin/initdb ]] && return 0
  done
  return 1
}

# Print the first Python >= 3.11; fail with a sentence where there is none.
find_python() {
  local name found=""
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    command -v "$name" >/dev/null || continue
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$name" -c 'import sys; print(sys.executable)'
      return 0
    fi
    found="$found $("$name" -c 'import platform; print(platform.python_version())' 2>/dev/null)"
  done
  stop "soil-hotspots needs Python 3.11 or newer; this machine has:${found:- none}." \
    "Debian 12 and Ubuntu 24.04 bring it as the package python3."
}

# Print a uv that works (a shim on PATH may not).
find_uv() {
  local candidate
  for candidate in uv "$tools/bin/uv" "$house/.venv/bin/uv"; do
    "$candidate" --version >/dev/null 2>&1 && { printf '%s\n' "$candidate"; return 0; }
  done
  return 1
}

has_pip() { "$1" -m pip --version >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# ---- packages of the distribution ---------------------------------------------------------------

# Install packages as root; anybody else gets the one line to type.
install_packages() {
  (($#)) || return 0
  local needs="apt-get install -y --no-install-recommends $*"
  if ! command -v apt-get >/dev/null; then
    stop "Missing: $*. These are Debian's names; install your system's equivalents and start again."
  fi
  if ((EUID != 0)); then
    stop "Some packages of the system are missing. Type this line, then start again:" "" \
      "    sudo apt-get update && sudo $needs" ""
  fi
  say "Installing: $*"
  apt_install "$@"
}

# Debian's metapackage, or where a distribution lacks it the package for its own PostgreSQL.
postgis_package() {
  local version=""
  if ((EUID == 0)) && ! apt-cache show postgresql >/dev/null 2>&1; then
    apt-get -q update >/dev/null 2>&1 || true # install_packages tries again and says what is wrong
  fi
  if ! apt-cache show postgresql-postgis >/dev/null 2>&1; then
    version="$(apt-cache depends postgresql 2>/dev/null |
      sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | sed 1q)" || true
  fi
  printf 'postgresql-%spostgis%s\n' "${version:+$version-}" "${version:+-3}"
}

# No cluster of the system's own: the service makes a private one, and nothing should listen that
# nobody asked for. The package lists are fetched only where the first try fails (none, or old ones).
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  local policy=/etc/postgresql-common/createcluster.d/soil-hotspots.conf log
  local -a install=(apt-get -q install -y --no-install-recommends "$@")
  log="$(mktemp)"
  mkdir -p "${policy%/*}"
  printf 'create_main_cluster = false\n' >"$policy"
  if ! "${install[@]}" </dev/null >"$log" 2>&1; then
    apt-get -q update >>"$log" 2>&1 && "${install[@]}" </dev/null >>"$log" 2>&1 || {
      rm -f "$policy"
      cat "$log" >&2
      stop "apt-get could not install: $* (its words are above)."
    }
  fi
  rm -f "$policy" "$log"
  rmdir --ignore-fail-on-non-empty "${policy%/*}"
}

# ---- the Python environment ---------------------------------------------------------------------

# Install the locked uv, hashes checked, into .venv-tools.
install_uv() {
  local python="$1" pin
  say "Installing uv"
  mkdir -p "$tools"
  printf '*\n' >"$tools/.gitignore"
  pin="$tools/uv.txt"
  awk -v names=uv -f "$house/scripts/lib-lock.awk" "$house/requirements-dev.lock" >"$pin"
  if has_venv "$python"; then
    "$python" -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$pin"
  else # pip without venv: a prefix of its own leaves the system's packages alone
    export PIP_ROOT_USER_ACTION=ignore
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
      --prefix "$tools" --ignore-installed -r "$pin"
    local script
    for script in "$tools"/local/bin/uv; do # Debian's pip puts prefixes under local/
      [[ -x $script ]] && mkdir -p "$tools/bin" && ln -sf "$script" "$tools/bin/uv"
    done
  fi
}

# Stamp: which lock, project file, place and flavour (run or dev) .venv was made from.
stamp_of() {
  local flavour="$1"
  printf '%s %s %s\n' "$flavour" \
    "$(cat "$house"/requirements.lock "$house"/requirements-dev.lock "$house"/pyproject.toml | sha256sum | cut -c1-64)" \
    "$house"
}

# Make .venv from the lock of the flavour and install the project into it, editable.
make_environment() {
  local flavour="$1" python="$2" uv="$3" lock="$house/requirements.lock" started=$SECONDS
  [[ $flavour == dev ]] && lock="$house/requirements-dev.lock"
  local stamp="$house/.venv/soil-hotspots.stamp" here="$house/.venv/bin/python"
  if [[ ! -x $here || (-f $stamp && "$(<"$stamp")" != *" $house") ]] || ! "$here" -c '' 2>/dev/null; then
    "$uv" venv --quiet --clear --python "$python" "$house/.venv"
  fi
  rm -f "$stamp"
  say "Installing the Python packages of ${lock##*/} into .venv"
  # Compiled at once: the first start would pay for it, and every start where Python may not write.
  (cd -- "$house" && "$uv" pip sync --quiet --python "$here" --require-hashes --compile-bytecode "$lock")
  # hatchling builds the editable install; its version and hashes come from the dev lock.
  (cd -- "$house" && "$uv" pip install --quiet --python "$here" --no-deps \
    --build-constraints requirements-dev.lock --editable .)
  # hatchling also copies data and migrations there; the checkout's own are used, the copy would age.
  rm -rf "$house"/.venv/lib/python3.*/site-packages/app
  stamp_of "$flavour" >"$stamp"
  say "Python packages ready ($((SECONDS - started)) s)"
}

# prepare FLAVOUR [PACKAGE...]: install whatever is missing; PACKAGEs are asked for as they are.
prepare() {
  local flavour="$1" stamp="$house/.venv/soil-hotspots.stamp" has="" current=false uv="" python=""
  shift
  local -a missing=("$@")
  if [[ -z ${HOTSPOTS_DATABASE_URL:-} || $flavour == dev ]]; then
    has_postgis || missing+=(postgresql "$(postgis_package)")
  fi
  [[ -f $stamp ]] && has="$(<"$stamp")"
  # A developer's environment holds everything that running needs: it stays what it is.
  [[ $has == dev\ * ]] && flavour=dev
  [[ -x $house/.venv/bin/python && $has == "$(stamp_of "$flavour")" ]] && current=true
  if ! $current; then
    python="$(find_python)"
    uv="$(find_uv)" || { has_venv "$python" || has_pip "$python" || missing+=(python3-venv); }
  fi
  install_packages ${missing[@]+"${missing[@]}"}
  $current && return 0
  # Two starts at once: the second waits for the first, then finds everything made.
  exec 9<"$house"
  flock 9
  if [[ ! -f $stamp || "$(<"$stamp")" != "$(stamp_of "$flavour")" ]]; then
    [[ -n $uv ]] || uv="$(find_uv)" || { install_uv "$python"; uv="$(find_uv)"; }
    make_environment "$flavour" "$python" "$uv"
  fi
  exec 9<&-
}
