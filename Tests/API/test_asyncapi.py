"""Real frames of both directions against their schemas in /asyncapi.json."""

import json
import secrets
import urllib.request
import uuid

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

# Only a failure waits for so long.
PATIENCE_SECONDS = 120


class Schemas:
    """The schemas of frames, and which of them were used."""

    def __init__(self, document):
        registry = Registry().with_resource("asyncapi.json", Resource(document, DRAFT7))
        self.validators = {}
        for key, message in document["components"]["messages"].items():
            schema = {"$ref": f"asyncapi.json#/components/messages/{key}/payload"}
            sender = message["tags"][0]["name"]
            self.validators[sender, message["name"]] = Draft7Validator(schema, registry=registry)
        self.used = set()

    def faults(self, sender: str, frame: dict) -> list[str]:
        """What is wrong with a frame by its schema."""
        self.used.add((sender, frame["type"]))
        return [f"{error.json_path}: {error.message}" for error in self.validators[sender, frame["type"]].iter_errors(frame)]


class Client:
    """A client whose frames, and those that it is told, all have to fit."""

    def __init__(self, server, schemas):
        self.schemas = schemas
        self.socket = connect(
            f"ws://127.0.0.1:{server.port}/v1/socket", subprotocols=["skein.v1"], legacy=True,
            open_timeout=PATIENCE_SECONDS, ping_timeout=PATIENCE_SECONDS)

    def say(self, type: str, **fields):
        frame = {"type": type, **fields}
        assert self.schemas.faults("client", frame) == [], frame
        self.socket.send(json.dumps(frame))

    def next(self) -> dict:
        frame = json.loads(self.socket.recv(PATIENCE_SECONDS))
        assert self.schemas.faults("server", frame) == [], frame
        return frame

    def until(self, type: str, **fields) -> dict:
        """The next frame of a type, with these fields."""
        while True:
            frame = self.next()
            if frame["type"] == type and all(frame.get(name) == value for name, value in fields.items()):
                return frame
            assert frame["type"] != "error", frame

    def ask(self, content: str, **fields) -> dict:
        """Sends a message, and takes all to the end of its answer."""
        self.say("message.send", id=str(uuid.uuid4()), content=content, **fields)
        return self.until("message.completed")


@pytest.fixture
def schemas(server):
    with urllib.request.urlopen(f"{server.url}/asyncapi.json", timeout=PATIENCE_SECONDS) as answer:
        document = json.load(answer)
    for message in document["components"]["messages"].values():
        Draft7Validator.check_schema(message["payload"])
    for schema in document["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)
    return Schemas(document)


def script(**options) -> str:
    return "/script " + json.dumps(options)


def new_identity() -> dict:
    return {"token": secrets.token_urlsafe(32), "session": f"s_{secrets.token_hex(16)}"}


def test_every_frame_fits_its_schema(server, schemas):
    identity = new_identity()
    one, two = Client(server, schemas), Client(server, schemas)
    person = {"name": "Ada", "email": "ada@example.com", "locale": "en", "page": "https://example.com/", "referrer": ""}
    one.say("hello", **identity, agent="script", history=50, visitor=person, ref="h")
    assert one.until("welcome", ref="h")["created"]
    two.say("hello", **identity)
    two.until("welcome", created=False)

    # Somebody types, asks, and rates the answer.
    one.say("typing", active=True)
    two.until("typing", active=True)
    answer = one.ask(script(text="Good morning. " * 20, chunks=5), metadata={"a": [1]}, when_busy="queue", ref="m")
    one.say("message.feedback", message=answer["message"], rating="up", comment="Good", ref="f")
    one.until("message.updated", ref="f")
    two.until("message.updated")
    # It is made again.
    one.say("run.retry", message=answer["message"], id=str(uuid.uuid4()))
    one.until("message.accepted")
    one.until("message.completed", status="complete")
    # A duplicate.
    question = {"id": str(uuid.uuid4()), "content": script(text="short"), "when_busy": "interrupt"}
    one.say("message.send", **question)
    one.until("message.accepted", duplicate=False)
    one.until("message.completed")
    one.say("message.send", **question)
    one.until("message.accepted", duplicate=True)
    # An answer is stopped, while a resume and a fresh page see it.
    one.say("message.send", id=str(uuid.uuid4()), content=script(chunks=5000, bytes=20, interval_ms=10))
    delta = one.until("message.delta")
    resumed = Client(server, schemas)
    position = {"version": one_version(server, schemas, identity), "message": delta["message"], "offset": 0}
    resumed.say("hello", **identity, position=position)
    resumed.until("welcome", resumed=True)
    one.say("run.stop", message=delta["message"], queued=True, ref="s")
    one.until("run.stopping", ref="s")
    assert one.until("message.completed", status="stopped")["reason"] == "user"

    # A tool is called once somebody has agreed to it, or not at all.
    for decision, status in [("tool.approve", "done"), ("tool.reject", "rejected")]:
        order = script(text="Paid.", tool={"approve": True, "arguments": {"sum": 5}})
        one.say("message.send", id=str(uuid.uuid4()), content=order)
        waiting = one.until("message.tool")
        assert waiting["tool"]["status"] == "waiting" and waiting["tool"]["arguments"] == {"sum": 5}
        call = {"message": waiting["message"], "tool": waiting["tool"]["id"]}
        one.say(decision, **call, id=str(uuid.uuid4()), ref="d")
        one.until("message.tool", ref="d")
        assert [tool["status"] for tool in one.until("message.completed")["tools"]] == [status]

    # What was thought on the way to an answer.
    one.say("message.send", id=str(uuid.uuid4()), content=script(text="Yes.", reasoning="Let me see."))
    assert one.until("message.reasoning")["reasoning"]["text"] == "Let me see."
    assert [thought["text"] for thought in one.until("message.completed")["reasoning"]] == ["Let me see."]

    # What describes the session.
    one.say("session.update", title="A title", description=None, context={"a": {"b": None}}, metadata={"c": 1})
    one.until("session.updated", title="A title")
    # Its history.
    last = Client(server, schemas)
    last.say("hello", **identity, history=1)
    welcome = last.until("welcome")
    last.say("history.load", before=welcome["before"], limit=2)
    assert len(last.until("history.page")["messages"]) == 2
    # Another session; the token is one's own, or the server's.
    last.say("session.new", agent="script", history=0)
    last.until("welcome", created=True)
    fresh = Client(server, schemas)
    fresh.say("hello")
    assert fresh.until("welcome")["token"]
    one.say("ping", nonce="n", ref="p")
    one.until("pong", nonce="n", ref="p")
    one.say("ping")
    one.until("pong")

    # The server ends.
    server.stop()
    try:
        with pytest.raises(ConnectionClosed) as closed:
            one.until("drain")
            while True:
                one.next()
        assert closed.value.rcvd.code == 1012
    finally:
        server.start()
    unused = {name for sender, name in schemas.validators.keys() - schemas.used}
    # What is refused is the other test's.
    assert unused == {"error"}


def one_version(server, schemas, identity) -> int:
    """The session's version, by a connection of its own."""
    client = Client(server, schemas)
    client.say("hello", **identity, history=0)
    return client.until("welcome")["version"]


REFUSED = [
    {"type": "message.send", "content": "no id"},
    {"type": "message.send", "id": "0B0E7E6A-8C2B-4C6E-9A53-4F4E7A3C1C11", "content": "capitals"},
    {"type": "message.send", "id": "0b0e7e6a-8c2b-4c6e-9a53-4f4e7a3c1c11", "content": ""},
    {"type": "message.send", "id": "0b0e7e6a-8c2b-4c6e-9a53-4f4e7a3c1c11", "content": "x", "when_busy": "later"},
    {"type": "message.send", "id": "0b0e7e6a-8c2b-4c6e-9a53-4f4e7a3c1c11", "content": "x", "metadata": []},
    {"type": "run.stop", "message": "that one"},
    {"type": "run.stop", "queued": "yes"},
    {"type": "run.retry", "message": "0b0e7e6a-8c2b-4c6e-9a53-4f4e7a3c1c11"},
    {"type": "history.load", "limit": 5},
    {"type": "history.load", "before": "v1", "limit": 0},
    {"type": "history.load", "before": "v1", "limit": 201},
    {"type": "session.update"},
    {"type": "session.update", "title": 1},
    {"type": "session.update", "title": "x" * 201},
    {"type": "session.update", "context": None},
    {"type": "message.feedback", "message": "0b0e7e6a-8c2b-4c6e-9a53-4f4e7a3c1c11", "rating": "so"},
    {"type": "tool.approve", "message": "0b0e7e6a-8c2b-4c6e-9a53-4f4e7a3c1c11"},
    {"type": "tool.reject", "message": "0b0e7e6a-8c2b-4c6e-9a53-4f4e7a3c1c11", "tool": ""},
    {"type": "typing"},
    {"type": "ping", "nonce": 1},
    {"type": "ping", "ref": "x" * 65},
    {"type": "session.new", "session": "short"},
    {"type": "session.new", "history": 201},
    {"type": "session.new", "position": {"version": 1, "offset": 3}},
    {"type": "session.new", "visitor": {"name": 7}},
]


def test_what_the_server_refuses_does_not_fit(server, schemas):
    client = Client(server, schemas)
    client.say("hello", **new_identity())
    client.until("welcome")
    for frame in REFUSED:
        client.socket.send(json.dumps(frame))
        answer = client.next()
        assert answer["type"] == "error" and answer["code"] == "bad_field", (frame, answer)
        assert schemas.faults("client", frame), frame
