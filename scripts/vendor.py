"""Take the page's JavaScript libraries from npm, pinned and hash-checked.

    .venv/bin/python scripts/vendor.py            fetch, check, copy into app/web/static/vendor
    .venv/bin/python scripts/vendor.py --check    no network: do the committed files equal the lock?
    .venv/bin/python scripts/vendor.py --relock   after raising a version below: write new hashes

Packages are named, never addressed: npm decides where they come from, and the lock beside this
script holds their hashes only. What is copied is committed, so a user never needs npm.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "app" / "web" / "static" / "vendor"
LOCK = ROOT / "scripts" / "vendor.lock.json"
NOTICES = "LICENSES.md"


@dataclass(frozen=True)
class Package:
    """One pinned npm package, the files taken from it, and where its licence stands in it."""

    name: str
    version: str
    licence: str
    licence_files: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    part_of: str | None = None


def _bundled(name: str, version: str, licence: str, licence_file: str) -> Package:
    """Return a library that MapLibre's files contain: only its licence text is taken."""
    return Package(name, version, licence, (licence_file,), part_of="maplibre-gl")


PACKAGES = (
    Package(
        "maplibre-gl",
        "6.17.0",
        "BSD-3-Clause",
        ("LICENSE.txt",),
        {
            "dist/maplibre-gl.mjs": "maplibre-gl/maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl/maplibre-gl-worker.mjs",
            "dist/maplibre-gl.css": "maplibre-gl/maplibre-gl.css",
        },
    ),
    Package(
        "topojson-client",
        "3.1.0",
        "ISC",
        ("LICENSE",),
        # The four modules that turn a topology into GeoJSON; the rest of the package is not used.
        {
            f"src/{module}.js": f"topojson-client/{module}.js"
            for module in ("feature", "identity", "reverse", "transform")
        },
    ),
    Package(
        "world-atlas",
        "2.0.2",
        "ISC (data: Natural Earth, public domain)",
        ("LICENSE",),
        # Land outlines only. The package's country files carry de facto borders and stay out.
        {
            "land-110m.json": "world-atlas/land-110m.json",
            "land-50m.json": "world-atlas/land-50m.json",
        },
    ),
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "Apache-2.0",
        ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"),
        {
            "swagger-ui-bundle.js": "swagger-ui/swagger-ui-bundle.js",
            "swagger-ui.css": "swagger-ui/swagger-ui.css",
        },
    ),
    _bundled("@mapbox/point-geometry", "1.1.0", "ISC", "LICENSE"),
    _bundled("@mapbox/tiny-sdf", "2.3.0", "BSD-2-Clause", "LICENSE.txt"),
    _bundled("@mapbox/unitbezier", "1.0.0", "BSD-2-Clause", "LICENSE"),
    _bundled("@mapbox/vector-tile", "3.0.0", "BSD-3-Clause", "LICENSE.txt"),
    _bundled("@maplibre/geojson-vt", "6.3.1", "ISC", "LICENSE"),
    _bundled("@maplibre/maplibre-gl-style-spec", "26.6.0", "ISC", "LICENSE.txt"),
    _bundled("@maplibre/mlt", "1.3.0", "MIT OR Apache-2.0", "LICENSE.txt"),
    _bundled("@maplibre/vt-pbf", "4.3.3", "MIT", "LICENSE"),
    _bundled("bidi-js", "1.1.0", "MIT", "LICENSE.txt"),
    _bundled("earcut", "3.2.4", "ISC", "LICENSE"),
    _bundled("gl-matrix", "3.4.4", "MIT", "LICENSE.md"),
    _bundled("kdbush", "4.1.0", "ISC", "LICENSE"),
    _bundled("murmurhash-js", "1.0.0", "MIT", "README.md"),
    _bundled("pbf", "5.1.2", "BSD-3-Clause", "LICENSE"),
    _bundled("potpack", "2.1.0", "ISC", "LICENSE"),
    _bundled("quickselect", "3.0.0", "ISC", "LICENSE"),
    _bundled("tinyqueue", "3.0.0", "ISC", "LICENSE"),
)


class VendorError(Exception):
    """What is wrong with a package or a vendored file, in one sentence."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pack(package: Package, folder: Path) -> Path:
    """Have npm fetch one package and return its tarball."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise VendorError("npm is not installed; --check works without it") from error
    if done.returncode != 0:
        raise VendorError(f"npm could not fetch {package.name}@{package.version}: {done.stderr}")
    return folder / done.stdout.strip().splitlines()[-1]


def members(tarball: Path, paths: list[str]) -> dict[str, bytes]:
    """Return the wanted files of a tarball; nothing is ever unpacked onto the disk."""
    contents: dict[str, bytes] = {}
    with tarfile.open(tarball) as archive:
        for path in paths:
            # npm's folder is nearly always called "package"; @types packages use their own name.
            entry = archive.extractfile(f"package/{path}")
            if entry is None:
                raise VendorError(f"{tarball.name} has no regular file {path}")
            contents[path] = entry.read()
    return contents


def notices(texts: list[tuple[Package, list[str]]]) -> bytes:
    """Return the licence collection that travels with the files."""
    parts = [
        "# Licences of the vendored libraries",
        "",
        "Written by scripts/vendor.py; each text is the package's own.",
    ]
    for package, licences in texts:
        inside = f", contained in {package.part_of}" if package.part_of else ""
        parts += ["", f"## {package.name} {package.version} ({package.licence}){inside}"]
        for licence in licences:
            body = "\n".join(line.rstrip() for line in licence.strip("\r\n").splitlines())
            parts += ["", "```text", body, "```"]
    return ("\n".join(parts) + "\n").encode()


def collect(locked: dict[str, str] | None) -> tuple[dict[str, str], dict[str, bytes]]:
    """Fetch every package; return the tarballs' hashes and the files by target path."""
    hashes: dict[str, str] = {}
    files: dict[str, bytes] = {}
    texts: list[tuple[Package, list[str]]] = []
    with tempfile.TemporaryDirectory() as temporary:
        for package in PACKAGES:
            key = f"{package.name}@{package.version}"
            tarball = pack(package, Path(temporary))
            hashes[key] = sha256(tarball.read_bytes())
            if locked is not None and locked.get(key) != hashes[key]:
                raise VendorError(
                    f"{key} has SHA-256 {hashes[key]}, the lock says {locked.get(key, 'nothing')}; "
                    "nothing was written"
                )
            found = members(tarball, [*package.files, *package.licence_files])
            files |= {target: found[source] for source, target in package.files.items()}
            texts.append((package, [found[name].decode() for name in package.licence_files]))
    files[NOTICES] = notices(texts)
    return hashes, files


def write(files: dict[str, bytes]) -> None:
    """Replace the vendor folder as a whole, so that a file no longer wanted does not stay."""
    fresh = TARGET.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for target, content in files.items():
        path = fresh / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)


def problems(lock: dict[str, dict[str, str]], folder: Path) -> list[str]:
    """Return what differs between a vendor folder and the lock, one sentence each."""
    wanted = lock["files"]
    present = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    found = [f"{name} is missing" for name in sorted(wanted.keys() - present.keys())]
    found += [f"{name} is not in the lock" for name in sorted(present.keys() - wanted.keys())]
    found += [
        f"{name} differs from the lock"
        for name in sorted(wanted.keys() & present.keys())
        if sha256(present[name].read_bytes()) != wanted[name]
    ]
    pinned = {f"{package.name}@{package.version}" for package in PACKAGES}
    if pinned != lock["packages"].keys():
        found.append("the versions in scripts/vendor.py are not those of the lock: run --relock")
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare files and lock, offline")
    mode.add_argument("--relock", action="store_true", help="accept what npm sends, write hashes")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            found = problems(json.loads(LOCK.read_text()), TARGET)
            print("\n".join(found) or "The vendored files equal the lock.")
            return 1 if found else 0
        locked = None if options.relock else json.loads(LOCK.read_text())["packages"]
        hashes, files = collect(locked)
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    write(files)
    digests = {target: sha256(content) for target, content in sorted(files.items())}
    LOCK.write_text(json.dumps({"packages": hashes, "files": digests}, indent=2) + "\n")
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB in {TARGET}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
