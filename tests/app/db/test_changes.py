"""What tells that something was written, also to processes beside."""

import subprocess
import sys
import textwrap

from app.db.changes import Changes


def test_number_is_another_after_each_change() -> None:
    changes = Changes()
    numbers = [changes.number]
    for _ in range(100):
        changes.tell()
        numbers.append(changes.number)
    assert len(set(numbers)) == 101
    assert changes.number == numbers[-1]


def test_processes_side_by_side_see_what_each_wrote_at_once() -> None:
    script = """
        import os
        from app.db.changes import Changes

        changes, another = Changes(), Changes()
        pid = os.fork()
        if pid == 0:
            changes.tell()
            os._exit(0)
        os.waitpid(pid, 0)
        assert changes.number != 0
        assert another.number == 0
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=30)
