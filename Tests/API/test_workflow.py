"""Two people at once, each with a database of their own on a server of its own: from their registration to the end of
the connection, by the paths of the system that this one replaces, over HTTP alone. Neither sees what is the other's."""

import json
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from databases import SecondMariaDB, SecondPostgres

PEOPLE = {SecondPostgres: ["Ann", "Bob"], SecondMariaDB: ["Cem", "Dia", "Eve"]}


def table(names):
    rows = ", ".join(f"({number}, '{name}')" for number, name in enumerate(names))
    return f"CREATE TABLE users (id int PRIMARY KEY, name varchar(40));\nINSERT INTO users VALUES {rows};\n"


class Person:
    def __init__(self, server, name):
        self.server = server
        self.email = f"{name}@example.com"
        self.token = None

    def ask(self, method, path, content=None):
        """The status, and what is answered."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(
            self.server.url + path, method=method, headers=headers,
            data=None if content is None else json.dumps(content).encode())
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def good(self, method, path, content=None):
        status, answer = self.ask(method, path, content)
        assert status in (200, 201, 204), (method, path, status, answer)
        return answer

    def connect(self, database):
        """Registers, logs in, stores the database and connects the session to it."""
        secret = {"password": "a long enough secret"}
        self.good("POST", "/register", {"email": self.email, **secret})
        self.token = self.good("POST", "/login", {"username": self.email, **secret})["access_token"]
        status = self.good("GET", "/databases/session-status")
        assert status["has_db_connection"] is False
        self.session = status["session_id"]
        place = database.place
        added = self.good("POST", "/databases/add_db_connection", {
            "db_type": place["type"], "host": place["host"], "port": place["port"], "database_name": place["database"],
            "username": place["user"], "db_password": place["password"]})
        assert place["password"] not in json.dumps(added)
        self.database = added["id"]
        assert self.good("POST", f"/databases/connect_db/{self.database}")["session_id"] == self.session
        status = self.good("GET", "/databases/session-status")
        assert status["has_db_connection"] is True and status["database"]["id"] == self.database

    def look(self, own, others):
        """Asks, and finds the own names and no others."""
        text = ""
        for question in ("Show me all users in the database", "SELECT name FROM users", "how many users"):
            answer = self.good("POST", "/ask", {"question": question})
            assert answer["session_id"] == self.session and answer["has_error"] is False, answer
            text += answer["answer"]
        assert all(name in text for name in own) and not any(name in text for name in others), text
        assert f"| {len(own)} |" in text

    def intrude(self, other):
        """Tries to reach what is the other's, by its ids."""
        assert [database["id"] for database in self.good("GET", "/databases")] == [self.database]
        for method, path in [
            ("POST", f"/databases/connect_db/{other.database}"), ("GET", f"/v1/databases/{other.database}"),
            ("POST", f"/v1/databases/{other.database}/test"), ("DELETE", f"/v1/databases/{other.database}"),
            ("GET", f"/v1/sessions/{other.session}"), ("GET", f"/v1/sessions/{other.session}/messages"),
            ("GET", f"/v1/sessions/{other.session}/database"),
        ]:
            status, answer = self.ask(method, path)
            assert status in (403, 404), (method, path, status, answer)
        sessions = json.dumps(self.good("GET", "/v1/sessions"))
        assert self.session in sessions and other.session not in sessions

    def disconnect(self):
        left = self.good("POST", "/databases/disconnect-session")
        assert left["was_connected"] is True and left["session_id"] == self.session
        assert "not connected" in self.good("POST", "/ask", {"question": "show tables"})["answer"]
        assert self.good("GET", "/databases/session-status")["has_db_connection"] is False


def test_two_people_at_once_on_two_databases(server):
    databases = [kind(table(names)) for kind, names in PEOPLE.items()]
    people = [Person(server, f"person{number}") for number in range(2)]
    # They do each step at the same time.
    step = threading.Barrier(2, timeout=300)

    def live(number):
        person, other = people[number], people[1 - number]
        names = list(PEOPLE.values())
        try:
            person.connect(databases[number])
            step.wait()
            for _ in range(3):
                person.look(names[number], names[1 - number])
            step.wait()
            person.intrude(other)
            step.wait()
            person.disconnect()
        except BaseException:
            step.abort()
            raise

    try:
        with ThreadPoolExecutor(2) as both:
            for done in [both.submit(live, number) for number in range(2)]:
                done.result()
    finally:
        for database in databases:
            database.close()
