import os

import pytest
from server import Server


@pytest.fixture(scope="session")
def server():
    server = Server(os.environ["SKEIN_BINARY"])
    try:
        server.start()
        yield server
    finally:
        server.close()
