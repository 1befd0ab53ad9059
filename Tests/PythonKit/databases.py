"""Databases that are somebody else's, on ports of 127.0.0.1 and entered by passwords: what people connect their
conversations to. Each goes with the tests; run.py ends what is left."""

import os
import random
import socket
import subprocess
import tempfile
import time
from pathlib import Path

USER = "owner"
PASSWORD = "it's a \\secret"
START_SECONDS = 180


def free_port() -> int:
    """Below those that the kernel gives away by itself, so that nobody else comes by it before its server does."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class SecondDatabase:
    """A database server in a folder of its own, with one database, `name`, that `script` fills: a statement a line."""

    kind = ""
    name = "shop"

    def __init__(self, script: str):
        self.folder = Path(tempfile.mkdtemp(dir=os.environ["SKEIN_TEST_FOLDER"]))
        self.port = free_port()
        self.process = None
        with open(self.folder / "log", "ab") as log:
            self.log = log
            self.start(script)

    def run(self, *command: str, input: str | None = None):
        done = subprocess.run(command, input=input, text=True, stdout=self.log, stderr=self.log, cwd="/", check=False)
        assert done.returncode == 0, (self.folder / "log").read_text(errors="replace")[-4000:]

    def serve(self, *command: str):
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd="/")
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)

    def close(self):
        self.process.kill()
        self.process.wait()

    @property
    def place(self) -> dict:
        """What `POST /v1/databases` is told of it."""
        return {"type": self.kind, "host": "127.0.0.1", "port": self.port, "database": self.name, "user": USER,
                "password": PASSWORD}


class SecondPostgres(SecondDatabase):
    kind = "postgresql"

    def start(self, script: str):
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        # It refuses to be root.
        by = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self.folder.chmod(0o755)
        if by:
            subprocess.run(["chown", "-R", "postgres", self.folder], check=True)
        data = str(self.folder / "data")
        self.run(*by, f"{programs}/initdb", "-D", data, "-U", USER, f"--pwfile={password}", "--auth-local=trust",
                 "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self.serve(*by, f"{programs}/postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c",
                   f"port={self.port}", "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off")
        here = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port), "-U", USER]
        self.run(*here, "postgres", input=f"CREATE DATABASE {self.name}")
        self.run(*here, self.name, input=script)


class SecondMariaDB(SecondDatabase):
    kind = "mariadb"

    def start(self, script: str):
        data = self.folder / "data"
        data.mkdir()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        options = ["/usr/sbin/mariadbd", "--no-defaults", f"--user={user}", f"--datadir={data}",
                   "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M"]
        share = Path("/usr/share/mysql")
        tables = ["mysql_system_tables", "mysql_system_tables_data", "mysql_performance_tables"]
        quoted = PASSWORD.replace("\\", "\\\\").replace("'", "''")
        self.run(*options, "--bootstrap", input="\n".join(
            ["CREATE DATABASE mysql;", "USE mysql;"] + [(share / f"{name}.sql").read_text() for name in tables] + [
                "FLUSH PRIVILEGES;", f"CREATE USER {USER}@'%' IDENTIFIED BY '{quoted}';",
                f"GRANT ALL ON *.* TO {USER}@'%';", f"CREATE DATABASE {self.name};", f"USE {self.name};", script]))
        self.serve(*options, f"--socket={self.folder}/socket", f"--port={self.port}", "--bind-address=127.0.0.1",
                   "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--character-set-server=utf8mb4",
                   "--performance-schema=off")
