"""The demonstration page as a visitor uses it."""

import json
import time

# Generous, since nothing here measures speed: a test that waits this long has failed.
PATIENCE_SECONDS = 120

# Every width of UTF-8, several blocks, right-to-left, combining marks, emoji that are joined, and marks of formatting.
MIXED_TEXT = (
    "Zeichen: ä é e\u0301\u0323 ß €.\n\n"
    "Emoji: 👩‍👩‍👧 👍🏽 🏳️‍🌈 😀😀😀 and **bold** with `code`.\n\n"
    "مرحبا بالعالم، هذه فقرة من اليمين إلى اليسار.\nשלום עולם\n\n"
    "- 日本語のテキスト\n- 한국어 텍스트\n- \U0010fffd the end of all planes\n\n"
    "```\n<b>not bold</b>\n```\n\n" + "A longer paragraph, so that there is something to cut. " * 8 + "Конец."
)


def script(**options) -> str:
    """A message that tells the script agent what to stream: chunks, bytes, interval_ms, text."""
    return "/script " + json.dumps(options, ensure_ascii=False)


def eventually(condition, what: str):
    """Waits until `condition()` is true, and returns what it gave."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)


class Chat:
    def __init__(self, page, server):
        self.page = page
        self.server = server
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message):
        # A server that is down on purpose makes the browser complain about it.
        if message.type == "error" and "ERR_CONNECTION" not in message.text and "WebSocket" not in message.text:
            self.errors.append(message.text)

    def open(self, agent: str = "script"):
        self.page.goto(f"{self.server.url}/" + (f"?agent={agent}" if agent else ""))
        self.wait_online()
        return self

    def reload(self):
        self.page.reload()
        self.wait_online()

    def wait_online(self):
        eventually(lambda: self.state == "online", "the page is connected")

    @property
    def state(self) -> str:
        return self.page.locator("[data-part=badge]").get_attribute("data-state")

    @property
    def session(self) -> str:
        return self.page.evaluate("() => skein.session")

    @property
    def messages(self) -> list[dict]:
        """The transcript: what the page knows, exactly."""
        return self.page.evaluate(
            "() => skein.transcript.messages.map(({ id, role, status, content, citations }) =>"
            " ({ id, role, status, content, citations }))"
        )

    @property
    def answer(self) -> dict | None:
        """The last answer, if there is one."""
        return next((item for item in reversed(self.messages) if item["role"] == "assistant"), None)

    def element(self, message: dict):
        return self.page.locator(f"[data-message-id='{message['id']}']")

    def write(self, text: str):
        self.page.get_by_label("Your message").fill(text)
        self.page.keyboard.press("Enter")

    def wait_growing(self, least: int = 1) -> dict:
        """The last answer, as soon as it is being written and has some bytes."""
        def growing():
            answer = self.answer
            return answer if answer and answer["status"] == "streaming" and len(answer["content"]) >= least else None
        return eventually(growing, "an answer is being written")

    def wait_answers(self, count: int) -> dict:
        """The last answer, when `count` of them are there and none is being written."""
        def done():
            answers = [item for item in self.messages if item["role"] == "assistant"]
            settled = len(answers) == count and all(item["status"] != "streaming" for item in answers)
            return answers[-1] if settled else None
        return eventually(done, f"{count} answers are finished")

    def assert_as_stored(self):
        """What the page has, what it shows, and what the database has, are the same."""
        stored = self.server.stored(self.session)
        shown = self.messages
        assert [(item["id"], item["role"], item["status"]) for item in shown] == \
            [(item.id, item.role, item.status) for item in stored]
        for item, row in zip(shown, stored):
            assert item["content"].encode() == row.content
        self.assert_drawn()

    def assert_drawn(self):
        def drawn():
            ids = self.page.locator("[data-message-id]").evaluate_all(
                "(all) => all.map(({ dataset }) => [dataset.messageId, dataset.role, dataset.status])")
            return ids == [[item["id"], item["role"], item["status"]] for item in self.messages]
        eventually(drawn, "the page draws its transcript")
        for item in self.messages:
            if item["role"] == "user":
                assert self.element(item).locator(".content").text_content() == item["content"]

    def assert_idle(self):
        """Nothing on the page turns or blinks for ever."""
        eventually(lambda: not self.page.locator("[data-status=streaming]").count(), "no message is being written")
        eventually(lambda: self.page.locator("[data-part=thinking]").is_hidden(), "no waiting dots")
        eventually(lambda: self.page.locator("[data-part=stop]").is_hidden(), "no stop button")
