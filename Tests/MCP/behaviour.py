"""What the tool servers of the tests can do, whichever version of the package serves it."""

import os
import socket
import sys

import anyio

PAGE = 2

NUMBERS = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
}
NOTHING = {"type": "object", "properties": {}}


class Behaviour:
    """`text(name, arguments)` gives the text of a call, or raises what its error says."""

    def __init__(self):
        self.tools = {
            "add": ("Adds two numbers.", NUMBERS),
            "crash": ("Ends the server at once.", NOTHING),
            "wait": ("Waits for a minute, or until nobody waits for it.", NOTHING),
            "counts": ("Tells how many calls wait, and how many were cancelled.", NOTHING),
            "fail": ("Fails.", NOTHING),
            "table": ("Gives data beside its text.", NOTHING),
            "environment": ("Tells which variables there are.", NOTHING),
            "grow": ("Adds a tool.", NOTHING),
        }
        self.waiting = 0
        self.cancelled = 0
        self.changed = None

    def page(self, cursor):
        """The names of a page of tools, and where the next one begins."""
        names = list(self.tools)
        start = int(cursor or 0)
        end = start + PAGE
        return names[start:end], str(end) if end < len(names) else None

    async def text(self, name, arguments):
        if name not in self.tools:
            raise ValueError(f"there is no tool {name}")
        if name == "add":
            return str(arguments["a"] + arguments["b"])
        if name == "crash":
            os._exit(3)
        if name == "wait":
            print("a call waits", file=sys.stderr, flush=True)
            self.waiting += 1
            try:
                await anyio.sleep(60)
            except anyio.get_cancelled_exc_class():
                self.cancelled += 1
                raise
            finally:
                self.waiting -= 1
        if name == "counts":
            return f"{self.waiting} waiting, {self.cancelled} cancelled"
        if name == "fail":
            raise ValueError("this tool always fails")
        if name == "table":
            return "1 row"
        if name == "environment":
            return " ".join(sorted(os.environ))
        if name == "grow":
            self.tools["grown"] = ("Was not there at the beginning.", NOTHING)
            await self.changed()
            return "grown"
        return "done"


def serve_http(app, arguments):
    """Serves on the port that is given, or one that is free, which is written on a line. `--token T` wants a key."""
    import uvicorn

    async def guarded(scope, receive, send):
        if scope["type"] == "http" and arguments.token:
            given = dict(scope["headers"]).get(b"authorization", b"").decode()
            if given != f"Bearer {arguments.token}":
                await send({"type": "http.response.start", "status": 401, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
        await app(scope, receive, send)

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", arguments.http))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(guarded, log_level="error", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


def arguments():
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--http", type=int, metavar="PORT")
    parser.add_argument("--json", action="store_true", help="answer as JSON, not as events")
    parser.add_argument("--token")
    return parser.parse_args()
