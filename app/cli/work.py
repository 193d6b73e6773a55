"""What the commands do: open the installation, call a service, print the answer."""

import functools
import json
from pathlib import Path
from typing import Any

from app.cli.output import note, progress, say, show
from app.settings import Settings


def settings(
    data: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    *,
    processes: int | None = None,
    check: bool = True,
) -> Settings:
    """Read the settings; what the command line says comes first."""
    return Settings.load(data_dir=data, host=host, port=port, processes=processes, check=check)


def up(chosen: Settings, *, with_demo: bool) -> None:
    """Start everything."""
    from app.cli.processes import run_apart
    from app.cli.serving import bind, serve_until_stopped
    from app.services import registries
    from app.services.runtime import open_runtime, sweep_orphans

    # The port first: nothing is started in vain, and nobody else takes it meanwhile.
    processes = chosen.server.server_processes
    with (
        bind(chosen.server) as socket,
        open_runtime(chosen, migrate=True, processes=processes) as runtime,
    ):
        from app.resources import reference_data

        sweep_orphans(runtime)
        with runtime.database.writing() as session:
            registries.seed(session, reference_data())
        if with_demo:
            # No connection is copied.
            runtime.database.close()
            run_apart(lambda: _load_demo(runtime))
        serve_until_stopped(runtime, socket)


def serve(chosen: Settings) -> None:
    """Serve the web, and work unless told not to."""
    from app.cli.serving import bind, serve_until_stopped
    from app.services.runtime import open_runtime, sweep_orphans

    processes = chosen.server.server_processes
    with (
        bind(chosen.server) as socket,
        open_runtime(chosen, migrate=True, processes=processes) as runtime,
    ):
        sweep_orphans(runtime)
        serve_until_stopped(runtime, socket)


def work(chosen: Settings) -> None:
    """Run one worker."""
    from app.jobs.worker import work_forever
    from app.services.runtime import open_runtime

    with open_runtime(chosen) as runtime:
        say("Worker started (Ctrl-C stops)")
        work_forever(chosen, runtime.database, runtime.store)


def migrate(chosen: Settings, down: str | None, *, is_confirmed: bool) -> None:
    """Migrate up, or down to a revision, which deletes what only later revisions can hold."""
    from app.db.migrate import downgrade, head_revision
    from app.errors import InvalidRequest, UnsafeSettings
    from app.services.runtime import migrate_schema, open_addresses

    if down is not None and not is_confirmed:
        raise InvalidRequest(
            f"Going down to {down} deletes every table that later revisions made, with its rows. "
            "Make a copy first, then add --yes."
        )

    with open_addresses(chosen) as addresses:
        if down is None:
            migrate_schema(addresses)
            say(f"The schema is at revision {head_revision()}.")
            return
        if addresses.owner is None:
            raise UnsafeSettings("Set HOTSPOTS_OWNER_DATABASE_URL to the owner's address.")
        downgrade(addresses.owner, down)
        say(f"The schema went down to {down}.")


def seed(chosen: Settings, *, as_json: bool) -> None:
    """Seed the registries."""
    from app.resources import reference_data
    from app.services import registries
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.writing() as session:
        changed = registries.seed(session, reference_data())
    total = sum(changed.values())
    show(
        {"changed": changed},
        as_json=as_json,
        sentence=f"{total} rows changed." if total else "The registries are as the files say.",
    )


def demo(chosen: Settings, *, as_json: bool) -> None:
    """Load the demo."""
    from app.resources import reference_data
    from app.services import registries
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime:
        with runtime.database.writing() as session:
            registries.seed(session, reference_data())
        new = _load_demo(runtime)
    listed = ", ".join(f"{count} {name}" for name, count in new.items())
    sentence = f"New: {listed}." if any(new.values()) else "The demo is loaded already."
    show(new, as_json=as_json, sentence=sentence)


def _load_demo(runtime: Any) -> dict[str, int]:
    from app.services.demo import load_demo

    with progress("Loading the demo") as on_step:
        return load_demo(
            runtime.database,
            runtime.store,
            runtime.settings.limits,
            engine_of(runtime.settings),
            on_step,
        )


def engine_of(chosen: Settings) -> Any:
    """Return what opens an engine of processes."""
    from app.jobs.engine import ready_engine

    return functools.partial(
        ready_engine, chosen.compute.compute_processes, chosen.storage.data_dir, note
    )


def surface_build(
    chosen: Settings,
    order: dict[str, Any],
    outline: Path | None,
    *,
    is_dry_run: bool,
    as_json: bool,
) -> None:
    """Build a surface, or only say what it would cost."""
    from app.errors import InvalidRequest
    from app.services import surfaces
    from app.services.runtime import open_runtime

    if outline is not None:
        try:
            drawn = json.loads(outline.read_text(encoding="utf-8"))
            features = drawn["features"] if drawn["type"] == "FeatureCollection" else [drawn]
            [feature] = features
            order["outline"] = feature.get("geometry", feature)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            raise InvalidRequest(
                f"{outline.name} is not GeoJSON with exactly one polygon."
            ) from error
    wanted = surfaces.SurfaceOrder.from_json(order)
    if is_dry_run:
        with open_runtime(chosen, migrate=True) as runtime:
            cost = surfaces.estimate(runtime.database, wanted, surfaces.Budget.of(chosen))
        sentences = [cost["sentence"], cost.get("refusal", "Nothing was built (--dry-run).")]
        show(cost, as_json=as_json, sentence="\n".join(sentences))
        return
    with open_runtime(chosen, migrate=True) as runtime, progress("Surface") as on_step:
        answer = surfaces.build(
            runtime.database,
            runtime.store,
            wanted,
            engine_of(chosen),
            functools.partial(on_step, ""),
            budget=surfaces.Budget.of(chosen),
        )
    verb = "was built" if answer["is_new"] else "exists already"
    show(answer, as_json=as_json, sentence=f"The surface {answer['surface']} {verb}.")


def export(chosen: Settings, layer: str, out: Path, dataset: str | None, *, as_json: bool) -> None:
    """Write a layer to a file."""
    from app.db.session import hold_still
    from app.services.exports import RESULTS, write_layer
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        hold_still(session)  # an import may end while it is written
        count = write_layer(session, runtime.store, layer, out, dataset)
    counted = f"{count} {'results' if layer == RESULTS else 'features'}"
    what = "the surface" if layer.startswith("sf_") else counted
    show({"file": str(out), "count": count}, as_json=as_json, sentence=f"Wrote {what} to {out}.")


def key_show(chosen: Settings) -> None:
    """Print the operator's key."""
    from app.services.operator_key import operator_key

    say(operator_key(chosen))


def member_list(chosen: Settings, status: str | None, *, as_json: bool) -> None:
    """List registrations."""
    from app.db import ids
    from app.errors import InvalidRequest
    from app.services import members
    from app.services.runtime import open_runtime

    if status not in {None, "pending", "approved", "rejected"}:
        raise InvalidRequest("--status is pending, approved or rejected.", parameter="status")
    with open_runtime(chosen, migrate=True) as runtime, runtime.database.reading() as session:
        rows = [
            {
                "id": ids.show("member", member.uid),
                "status": member.status,
                "name": member.name,
                "kind": member.kind,
                "email": member.email,
                "city": member.city,
                "country": member.country,
            }
            for member in members.list_all(session, status)
        ]
    lines = [
        f"{row['id']}  {row['status']:<8}  {row['name']}, {row['city']} ({row['country']})  "
        f"{row['email']}"
        for row in rows
    ]
    show({"members": rows}, as_json=as_json, sentence="\n".join(lines) or "No registrations.")


def member_decide(chosen: Settings, member: str, *, approve: bool) -> None:
    """Approve or reject."""
    from app.services import members
    from app.services.runtime import open_runtime

    with open_runtime(chosen, migrate=True) as runtime, runtime.database.writing() as session:
        decided = members.decide(session, member, approve=approve)
        sentence = f"{decided.name} is {decided.status}."
    say(sentence)


def doctor(chosen: Settings, *, as_json: bool) -> None:
    """Say what is wrong."""
    from app.db.migrate import head_revision
    from app.errors import HotspotsError, UnsafeSettings
    from app.services.diagnosis import Check, diagnose

    checks = diagnose(
        chosen.storage.data_dir,
        chosen.database.database_url,
        chosen.database.owner_database_url,
        head_revision(),
    )
    try:
        chosen.check()
        checks.append(Check("settings", True, "The settings fit together.", None))
    except UnsafeSettings as error:
        checks.append(Check("settings", False, error.message, None))
    lines = [
        f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.detail}"
        + (f"\n     {check.remedy}" if check.remedy else "")
        for check in checks
    ]
    answer = {
        "checks": [
            {"name": c.name, "ok": c.ok, "detail": c.detail, "remedy": c.remedy} for c in checks
        ]
    }
    show(answer, as_json=as_json, sentence="\n".join(lines))
    bad = [check.name for check in checks if not check.ok]
    if bad:
        raise HotspotsError(f"{len(bad)} of {len(checks)} checks failed: {', '.join(bad)}.")
