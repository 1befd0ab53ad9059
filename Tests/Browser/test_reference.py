"""The page of the interface shows all that the server describes of itself."""

import json
from pathlib import Path

import pytest
from chat import PATIENCE_SECONDS, eventually

PUBLIC = Path(__file__).parents[2] / "Public"
METHODS = ("get", "put", "post", "patch", "delete")


def routes() -> set[str]:
    paths = json.loads((PUBLIC / "openapi.json").read_text())["paths"]
    return {f"{name.upper()} {path}" for path, item in paths.items() for name in item if name in METHODS}


def frames() -> set[str]:
    messages = json.loads((PUBLIC / "asyncapi.json").read_text())["components"]["messages"].values()
    return {f"{message['tags'][0]['name']} {message['name']}" for message in messages}


@pytest.fixture
def reference(browser, server, request):
    """The page, at a width and in a colour scheme; nothing on it may have gone wrong."""
    width, scheme = getattr(request, "param", (1280, "light"))
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{server.url}/docs/api")
    assert page.url == f"{server.url}/api.html"
    page.locator("[data-frame='server pong']").wait_for(state="attached")
    yield page
    context.close()
    assert errors == []


def told(page, name: str) -> list[str]:
    return page.evaluate("(name) => [...document.querySelectorAll(`[${name}]`)].map((e) => e.getAttribute(name))", name)


@pytest.mark.parametrize("reference", [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")], indirect=True)
def test_everything_stands_in_it(reference):
    for name, expected in (("data-route", routes()), ("data-frame", frames())):
        found = told(reference, name)
        assert set(found) == expected and len(found) == len(expected)
    # Nothing is wider than the page.
    assert reference.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    # Every link within the page leads to something.
    assert reference.evaluate(
        "() => [...document.querySelectorAll('a[href^=\"#\"]')]"
        ".filter((link) => !document.getElementById(link.getAttribute('href').slice(1))).map((link) => link.href)") == []


def test_an_entry_says_what_it_takes_and_answers(reference):
    entry = reference.locator("[data-route='GET /v1/sessions/{id}/messages']")
    text = entry.inner_text()
    for part in ("Messages of a session, in pages", "limit", "1 to 200", "default 50", "200", "application/problem+json"):
        assert part in text, part
    welcome = reference.locator("[data-frame='server welcome']").inner_text()
    assert "heartbeat_ms" in welcome and "list of Message" in welcome
    assert "Answered by pong or error" in reference.locator("[data-frame='client ping']").inner_text()


def test_entries_are_found(reference):
    contents = reference.locator("[data-part=index]")
    reference.get_by_role("searchbox").fill("feedback")
    visible = contents.locator("li:visible")
    eventually(lambda: visible.count() == 2, "the route and the frame of that name are left")
    visible.first.get_by_role("link").click()
    eventually(lambda: reference.locator(".entry.here").count() == 1, "it is marked")
    here = reference.locator(".entry.here")
    assert here.get_attribute("data-route") == "PUT /v1/sessions/{id}/messages/{message}/feedback"
    eventually(lambda: here.evaluate("(entry) => Math.abs(entry.getBoundingClientRect().top) < 200"), "it is shown")
    # Whoever is given its address comes to the same place.
    reference.reload()
    eventually(lambda: reference.locator(".entry.here").count() == 1, "it is marked again")
    eventually(lambda: here.evaluate("(entry) => Math.abs(entry.getBoundingClientRect().top) < 200"), "it is shown")
