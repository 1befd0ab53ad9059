"""A Skein server of a test's own, with its embedded database in a folder that goes away with it."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

# Only a failure waits for so long.
START_SECONDS = 180
STOP_SECONDS = 120

ROOT = Path(__file__).parents[2]
LIBRARY = Path(__file__).parent / "library"


@dataclass(frozen=True)
class StoredMessage:
    id: str
    role: str
    status: str
    content: bytes


class Server:
    """`skein serve` with a home folder of the tests' own: the project's page and migrations, and the documents in
    Tests/PythonKit/library."""

    def __init__(self, binary: str, *options: str):
        self.binary = binary
        self.options = options
        # Made by run.py, which says why it is there.
        self.data = Path(tempfile.mkdtemp(dir=os.environ["SKEIN_TEST_FOLDER"]))
        self.data.chmod(0o755)
        self.home = self.data / "home"
        self.home.mkdir()
        for name in ("Public", "Migrations"):
            (self.home / name).symlink_to(ROOT / name)
        # The documents are copied: the server follows no link out of its folder.
        shutil.copytree(LIBRARY, self.home, dirs_exist_ok=True)
        self.log = self.data.with_suffix(".log")
        self.port = 0
        self.process = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Starts the server, on the same port as before if it ran already, and waits for its address."""
        command = [self.binary, "serve", "--host", "127.0.0.1", "--port", str(self.port),
                   "--data", str(self.data), "--home", str(self.home), "--script-agent",
                   "--messages-per-minute", "0", *self.options]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        found = threading.Event()
        threading.Thread(target=self._read, args=(self.process.stdout, found), daemon=True).start()
        if not found.wait(START_SECONDS):
            self.kill()
            raise RuntimeError(f"the server told no address within {START_SECONDS} s:\n{self.tail()}")
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.tail()}")

    def _read(self, output, found):
        with open(self.log, "ab") as log:
            for line in output:
                log.write(line)
                log.flush()
                address = re.search(rb"http://127\.0\.0\.1:(\d+)", line)
                if address and not found.is_set():
                    self.port = int(address[1])
                    found.set()
        found.set()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """The end that nobody can prepare for."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def kill_database(self):
        """The same for PostgreSQL alone."""
        os.kill(self._database(), signal.SIGKILL)

    @property
    def has_database(self) -> bool:
        return (self.data / "postgres" / "postmaster.pid").exists()

    def _database(self) -> int:
        return int((self.data / "postgres" / "postmaster.pid").read_text().split()[0])

    def stop(self):
        """A restart in good order begins with this."""
        if self.is_running:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def close(self):
        """The end in a hurry: nothing of it is needed any more."""
        if self.is_running:
            self.kill()
        # A server that was killed leaves its database running, for the next one to find.
        try:
            os.kill(self._database(), signal.SIGQUIT)
        except (OSError, ValueError, IndexError):
            pass

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def query(self, sql: str) -> list[list[str]]:
        """The rows that PostgreSQL itself answers."""
        command = ["psql", "-h", str(self.data / "run"), "-U", "skein", "skein", "-Atc", sql]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [line.split("|") for line in done.stdout.splitlines()]

    def stored(self, session: str) -> list[StoredMessage]:
        """The messages of a session as they are stored, in their order."""
        assert re.fullmatch(r"[\w-]{16,64}", session)
        rows = self.query(
            "SELECT m.id, m.role, m.status, encode(convert_to(m.content, 'UTF8'), 'hex')"
            " FROM messages m JOIN sessions s ON s.id = m.session_id"
            f" WHERE s.public_id = '{session}' ORDER BY m.created_version"
        )
        return [StoredMessage(id, role, status, bytes.fromhex(content)) for id, role, status, content in rows]
