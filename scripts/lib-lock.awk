# Print some packages' entries, hashes included, of a lock written by `uv pip compile`.
#   awk -v names="uv hatchling" -f scripts/lib-lock.awk requirements-dev.lock
BEGIN {
  count = split(names, list, " ")
  for (n = 1; n <= count; n++) wanted[list[n]] = 1
}
/^[a-z0-9]/ { split($0, parts, "=="); inside = parts[1] in wanted }
/^ *#/ { next }
inside { print }
