import os
import shutil

import pytest
from chat import PATIENCE_SECONDS, Chat
from playwright.sync_api import sync_playwright
from server import Server


@pytest.fixture(scope="session")
def browser():
    chromium = os.environ.get("SKEIN_CHROMIUM") or shutil.which("chromium")
    assert chromium, "there is no chromium: install it, or name it in SKEIN_CHROMIUM"
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to run as root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


def start_server():
    # Visitors of the page may connect databases: there is nobody to log in.
    server = Server(os.environ["SKEIN_BINARY"], "--user-databases", "visitors")
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def shared_server():
    """A server for all tests that leave it alone."""
    yield from start_server()


@pytest.fixture(scope="session")
def mortal_server():
    """A server that tests may kill, one test after the other."""
    yield from start_server()


@pytest.fixture
def server(request):
    """The server of this test: the mortal one where the test is marked with `kills_server`, else the shared one."""
    if not request.node.get_closest_marker("kills_server"):
        return request.getfixturevalue("shared_server")
    server = request.getfixturevalue("mortal_server")
    if not server.is_running:
        server.start()
    return server


@pytest.fixture
def visitor(browser, server):
    """Opens pages of one visitor: tabs that share their storage. Afterwards none of them may have had an error."""
    context = browser.new_context(viewport={"width": 900, "height": 700})
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    tabs = []

    def open_tab(agent="script"):
        chat = Chat(context.new_page(), server)
        tabs.append(chat)
        return chat.open(agent)

    yield open_tab
    errors = [error for tab in tabs for error in tab.errors]
    context.close()
    assert errors == []


def pytest_configure(config):
    config.addinivalue_line("markers", "kills_server: the test kills its server")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    server = item.funcargs.get("server") if hasattr(item, "funcargs") else None
    if report.failed and server:
        report.sections.append(("the server's log", server.tail()))
    return report
