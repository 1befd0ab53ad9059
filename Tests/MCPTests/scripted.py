"""A tool server that does wrong, or speaks the newer era, as its first argument says. Standard library alone."""

import json
import os
import signal
import subprocess
import sys
import time

MODE = sys.argv[1]
STATE = sys.argv[2] if len(sys.argv) > 2 else None
META = "io.modelcontextprotocol/"
TOOL = {"name": "echo", "description": "Gives back.", "inputSchema": {"type": "object"}}


def line(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def send(**message):
    line(json.dumps({"jsonrpc": "2.0", **message}))


def read():
    text = sys.stdin.readline()
    if not text:
        sys.exit(0)
    return json.loads(text)


def result(request, **members):
    send(id=request["id"], result=members)


def error(request, code, message="no", **rest):
    send(id=request["id"], error={"code": code, "message": message, **rest})


def text(request, content, **rest):
    result(request, content=[{"type": "text", "text": content}], **rest)


def starts():
    """How often this has been started, this time included; kept in a file."""
    with open(STATE, "a+") as file:
        file.write("x")
        file.flush()
        file.seek(0)
        return len(file.read())


def ask(method, number):
    """Asks the client something, and gives its answer."""
    send(id=number, method=method, params={})
    return read()


def legacy(request):
    """What every server of the older era does first; whether it was that."""
    method = request["method"]
    if method == "initialize":
        result(
            request, protocolVersion="2025-11-25", capabilities={"tools": {"listChanged": True}},
            serverInfo={"name": "scripted", "version": "1"},
        )
    elif method == "server/discover":
        error(request, -32601)
    elif method == "tools/list":
        result(request, tools=[TOOL])
    else:
        return method.startswith("notifications/")
    return True


def giant(request):
    if request["method"] != "tools/call":
        return legacy(request)
    if request["params"]["arguments"].get("giant"):
        sys.stdout.write('{"jsonrpc":"2.0","id":%d,"result":{"content":"' % request["id"])
        while True:
            sys.stdout.write("x" * 65536)
    text(request, "small")


def garbage(request):
    line("Welcome to this server!")
    line("{}")
    line('{"jsonrpc":"2.0","id":')
    sys.stdout.flush()
    os.write(1, b"\x00\xff\xfe\x80\n\n\r\n")
    line("[" * 5000)
    legacy(request) or text(request, "despite all")


def wrong_ids(request):
    if request["method"] == "tools/call":
        for number in (request["id"] + 1000, str(request["id"]), None, -1, 1.5):
            send(id=number, result={"content": [{"type": "text", "text": "wrong"}]})
        send(result={"content": []})
        text(request, "right")
        text(request, "right again")
    else:
        legacy(request)


def silent(request):
    """Reads, and answers nothing."""


def mute(request):
    """Answers no call."""
    if request["method"] != "tools/call":
        legacy(request)


def deaf(request):
    if request["method"] == "tools/call":
        time.sleep(600)
    legacy(request)


def many(request):
    if request["method"] == "tools/list":
        start = int(request.get("params", {}).get("cursor", 0))
        tools = [{**TOOL, "name": f"tool{number}"} for number in range(start, start + 1000)]
        result(request, tools=tools, nextCursor=str(start + 1000))
    else:
        legacy(request) or text(request, request["params"]["name"])


def asks(request):
    if request["method"] != "tools/call":
        return legacy(request)
    answers = [ask(method, f"q{number}") for number, method in enumerate(
        ["ping", "roots/list", "sampling/createMessage", "elicitation/create"])]
    text(request, json.dumps([answer.get("result", answer.get("error", {}).get("code")) for answer in answers]))


def quiet_probe(request):
    if request["method"] != "server/discover":
        legacy(request) or text(request, "old")


def fragile(request):
    """Ends when it is asked what it does not know."""
    if request["method"] == "server/discover":
        sys.exit(4)
    legacy(request) or text(request, f"start {STARTS}")


def ends(request):
    """Is of no use at all."""
    sys.exit(7)


def counted(request):
    legacy(request) or text(request, f"start {STARTS}")


def slow(request):
    if request["method"] == "tools/call":
        time.sleep(1)
    counted(request)


def crashes(request):
    """Ends in each call, but for those that ask it not to."""
    if request["method"] == "tools/call" and not request["params"]["arguments"].get("live"):
        sys.exit(9)
    counted(request)


def hog(request):
    if request["method"] != "tools/call":
        return legacy(request)
    try:
        bytearray(1 << 30)
        text(request, "took it")
    except MemoryError:
        text(request, "no memory")


def stubborn(request):
    if request["method"] == "tools/call":
        text(request, f"{os.getpid()} {CHILD.pid}")
    else:
        legacy(request)


def modern(request):
    """Knows the newer era alone, and wants its terms to be kept."""
    method, params = request["method"], request.get("params", {})
    if "id" not in request:
        WAITING["cancelled"] = WAITING.get("cancelled", 0) + (method == "notifications/cancelled")
        return
    meta = params.get("_meta", {})
    if meta.get(META + "protocolVersion") != "2026-07-28" or META + "clientCapabilities" not in meta:
        return error(request, -32022, data={"supported": ["2026-07-28"]})
    if method == "server/discover":
        result(
            request, resultType="complete", supportedVersions=["2026-07-28"], ttlMs=0,
            capabilities={"tools": {"listChanged": True}},
        )
    elif method == "subscriptions/listen":
        WAITING["listen"] = request["id"]
        tag = {META + "subscriptionId": request["id"]}
        send(method="notifications/subscriptions/acknowledged", params={"_meta": tag, **{
            "notifications": params["notifications"]}})
    elif method == "tools/list":
        tools = [TOOL] if "grown" not in WAITING else [TOOL, {**TOOL, "name": "grown"}]
        result(request, resultType="complete", tools=tools, ttlMs=600_000)
    elif params["arguments"].get("wait"):
        pass
    elif params["arguments"].get("grow"):
        WAITING["grown"] = True
        text(request, "grown", resultType="complete")
        send(method="notifications/tools/list_changed", params={"_meta": {META + "subscriptionId": WAITING["listen"]}})
    elif params["arguments"].get("input"):
        result(request, resultType="input_required", inputRequests={"who": {"method": "elicitation/create"}})
    else:
        text(request, f"modern, {WAITING.get('cancelled', 0)} cancelled", resultType="complete")


def newest(request):
    """Speaks a version that nobody knows yet."""
    error(request, -32022, data={"supported": ["2099-01-01"]})


WAITING = {}
STARTS = starts() if STATE else 0
if MODE == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    CHILD = subprocess.Popen(["sleep", "600"])
    while True:
        text_of_line = sys.stdin.readline()
        if not text_of_line:
            time.sleep(600)
        stubborn(json.loads(text_of_line))
if MODE == "noisy":
    os.write(2, b"e" * 5_000_000 + b"\n")
    for number in range(100_000):
        os.write(2, b"line %d\n" % number)
    MODE = "mute"
while True:
    globals()[MODE](read())
