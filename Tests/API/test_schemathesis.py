"""The live server against its own description: schemathesis makes requests of all kinds from /openapi.json, good and
bad ones, and holds each answer to it, with all of its checks."""

import json
import os
import re
import secrets
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path

HERE = Path(__file__).parent


def ask(server, method, path, token, content=None):
    request = urllib.request.Request(
        server.url + path, method=method, data=None if content is None else json.dumps(content).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def run(server, *arguments, input=None):
    """Runs the program on the server's own data."""
    done = subprocess.run(
        [os.environ["SKEIN_BINARY"], *arguments, "--data", str(server.data)], cwd=HERE.parents[1], input=input,
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_found(server):
    token = secrets.token_urlsafe(32)
    # A session that is there, for what needs one.
    session = f"s_{secrets.token_hex(16)}"
    ask(server, "POST", f"/v1/sessions/{session}/messages?agent=script", token,
        {"id": str(uuid.uuid4()), "content": "Hello"})
    password = secrets.token_urlsafe(16)
    run(server, "user", "create", "admin@example.com", "--role", "admin", "--password-stdin", input=password + "\n")
    admin = ask(server, "POST", "/v1/auth/log-in", token, {"email": "admin@example.com", "password": password})
    site = run(server, "site", "create", "--name", "Shop").split()[1]
    seed = os.environ.get("SKEIN_SEED") or str(secrets.randbits(64))
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml"), "run",
        f"{server.url}/openapi.json", "--header", f"Authorization: Bearer {token}", "--seed", seed, "--no-color",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "40", "--request-timeout", "120",
        "--continue-on-failure",
    ]
    done = subprocess.run(
        command, cwd=server.data, capture_output=True, text=True, check=False,
        env=os.environ | {
            "SKEIN_SESSION": session, "SKEIN_ADMIN": admin["access_token"], "SKEIN_SITE": site,
            "SKEIN_OTHER": secrets.token_urlsafe(32)})
    # Its long texts are cut, since the last 20,000 characters of all have to tell what was found.
    said = "\n".join(line if len(line) < 500 else line[:250] + " ... " + line[-250:] for line in done.stdout.splitlines())
    print(said[-20000:], done.stderr[-4000:], f"replay with SKEIN_SEED={seed}", sep="\n")
    assert done.returncode == 0, "schemathesis has found something: see its output"
    # It has tried all that there is.
    operations = [
        (path, method) for path, item in json.loads((HERE.parents[1] / "Public/openapi.json").read_text())["paths"].items()
        for method in item if method in ("get", "put", "post", "patch", "delete")
    ]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    streams = [path for path, _ in operations if path.endswith("/stream")]
    assert tested and int(tested[1]) == len(operations) - len(streams), done.stdout[-3000:]
