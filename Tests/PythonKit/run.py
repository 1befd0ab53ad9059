"""Runs pytest on a folder and sees to it that nothing is left behind: no process, no folder.

A server that is killed leaves its database running on purpose, and a test run may end at any moment. So every process
that the tests start becomes a child of this one when its own parent is gone, and is ended here.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
# How long the tests may take to tidy up after themselves, once they are told to end.
GRACE_SECONDS = 30


def children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def end_what_is_left(grace: float = 10) -> list[str]:
    """Ends all children, and theirs as they come, and tells what they were."""
    names = []
    # A database ends by itself in good order on SIGQUIT; whatever does not is killed.
    deadline = time.monotonic() + grace
    told = set()
    while left := children():
        for pid in left:
            if pid not in told:
                told.add(pid)
                program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
                # What has ended already only waits to be reaped.
                if program:
                    names.append(Path(program).name)
                    os.kill(pid, signal.SIGQUIT)
            elif time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.02)
    return names


class Told(Exception):
    pass


def main() -> int:
    def told(number, frame):
        raise Told(signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, told)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Not in a folder of ours: started by root, the database runs as another user, who must be able to get in; and the
    # path of a Unix socket has to be short.
    with tempfile.TemporaryDirectory(prefix="skein-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *sys.argv[1:]]
        # The browser's own files belong in there too.
        kit = str(Path(__file__).parent)
        places = {"PYTHONPATH": kit, "SKEIN_TEST_FOLDER": folder, "TMPDIR": folder, "XDG_CONFIG_HOME": folder,
                  "XDG_CACHE_HOME": folder}
        # A session of its own: Ctrl-C comes to us alone, and is handed on.
        tests = subprocess.Popen(command, env=os.environ | places, start_new_session=True)
        try:
            code = tests.wait()
        except Told as signal_:
            print(f"python-tests: ended by {signal_}", file=sys.stderr)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            tests.send_signal(signal.SIGINT)
            try:
                tests.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                tests.kill()
                tests.wait()
            code = 130
        left = end_what_is_left()
    if left:
        print("python-tests: ended what the tests left: " + ", ".join(left), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
