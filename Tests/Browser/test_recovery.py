"""The server dies at any moment, and nothing that was shown, or sent, is lost."""

import pytest
from chat import MIXED_TEXT, eventually, script

pytestmark = pytest.mark.kills_server


def test_server_killed_in_the_middle_of_an_answer(visitor, server):
    chat = visitor()
    chat.write(script(text="Before.", chunks=1))
    chat.wait_answers(1)
    chat.write(script(text=MIXED_TEXT, chunks=300, interval_ms=40))
    chat.wait_growing(least=30)
    server.kill()
    eventually(lambda: chat.state in ("reconnecting", "offline"), "the page sees that the server is gone")
    shown = chat.messages
    assert shown[-1]["status"] == "streaming"
    assert len(shown[-1]["content"]) >= 30

    server.start()
    chat.wait_online()
    ended = chat.wait_answers(2)
    assert ended["status"] in ("interrupted", "complete")
    after = chat.messages
    assert [item["id"] for item in after] == [item["id"] for item in shown]
    for old, new in zip(shown, after):
        assert new["content"].startswith(old["content"]), "shown text was lost or changed"
    assert MIXED_TEXT.startswith(ended["content"])
    chat.assert_idle()
    chat.assert_as_stored()

    chat.write(script(text="After.", chunks=1))
    assert chat.wait_answers(3)["content"] == "After."
    chat.reload()
    chat.assert_as_stored()


def test_server_killed_again_and_again(visitor, server):
    chat = visitor()
    # The second time it is killed before it has ended what the first one left.
    for round, kills in enumerate([2, 1]):
        chat.write(script(text=MIXED_TEXT, chunks=200, interval_ms=50))
        chat.wait_growing(least=10 + 20 * round)
        for _ in range(kills):
            server.kill()
            shown = chat.messages
            server.start()
            chat.wait_online()
            assert len(chat.messages) == len(shown)
            for old, new in zip(shown, chat.messages):
                assert new["id"] == old["id"]
                assert new["content"].startswith(old["content"])
        ended = chat.wait_answers(round + 1)
        assert ended["content"].startswith(shown[-1]["content"])
    chat.assert_as_stored()
    chat.assert_idle()


def test_what_is_sent_while_the_server_is_down_arrives_once(visitor, server):
    chat = visitor()
    server.kill()
    eventually(lambda: chat.state in ("reconnecting", "offline"), "the page sees that the server is gone")
    chat.write("Sent to nobody, first.")
    chat.write("Sent to nobody, second.")
    waiting = chat.page.locator("[data-outbox-id][data-status=waiting]")
    eventually(lambda: waiting.count() == 2, "both are shown as waiting")

    server.start()
    chat.wait_online()
    chat.wait_answers(2)
    eventually(lambda: chat.page.locator("[data-outbox-id]").count() == 0, "nothing waits any more")
    questions = [item["content"] for item in chat.messages if item["role"] == "user"]
    assert questions == ["Sent to nobody, first.", "Sent to nobody, second."]
    chat.assert_as_stored()
    chat.reload()
    chat.assert_as_stored()


def test_server_killed_just_after_a_message_was_sent(visitor, server):
    chat = visitor()
    rounds = 2
    for round in range(rounds):
        chat.write(f"Was this one accepted? ({round})")
        server.kill()
        server.start()
        chat.wait_online()
        eventually(lambda: len([item for item in chat.messages if item["role"] == "user"]) == round + 1,
                   "the message is in the transcript")
        chat.wait_answers(round + 1)
    questions = [item.content.decode() for item in server.stored(chat.session) if item.role == "user"]
    assert questions == [f"Was this one accepted? ({round})" for round in range(rounds)]
    chat.assert_as_stored()


def test_an_unsent_message_survives_the_page(visitor, server):
    chat = visitor()
    server.kill()
    eventually(lambda: chat.state in ("reconnecting", "offline"), "the page sees that the server is gone")
    chat.write("Written on a page that was closed.")
    eventually(lambda: chat.page.locator("[data-outbox-id]").count() == 1, "it waits")
    chat.page.close()
    server.start()
    again = visitor()
    again.wait_answers(1)
    assert again.messages[0]["content"] == "Written on a page that was closed."
    again.assert_as_stored()


def test_questions_that_wait_are_answered_after_the_server_was_killed(visitor, server):
    chat = visitor()
    chat.write(script(text=MIXED_TEXT, chunks=300, interval_ms=40))
    chat.wait_growing()
    chat.write(script(text="The second answer.", chunks=2))
    chat.write(script(text="The third answer.", chunks=2))
    eventually(lambda: len([item for item in chat.messages if item["role"] == "user"]) == 3, "all are accepted")
    server.kill()
    server.start()
    chat.wait_online()
    chat.wait_answers(3)
    answers = [(item["status"], item["content"]) for item in chat.messages if item["role"] == "assistant"]
    assert answers[0] == ("complete", MIXED_TEXT)
    assert answers[1:] == [("complete", "The second answer."), ("complete", "The third answer.")]
    chat.assert_as_stored()
    chat.assert_idle()


def test_server_restarted_in_good_order(visitor, server):
    chat = visitor()
    chat.write(script(text=MIXED_TEXT, chunks=300, interval_ms=40))
    shown = chat.wait_growing(least=30)
    server.stop()
    assert server.process.returncode == 0
    assert not server.has_database, "PostgreSQL was left running"
    server.start()
    chat.wait_online()
    ended = chat.wait_answers(1)
    assert ended["status"] in ("interrupted", "complete")
    assert ended["content"].startswith(shown["content"])
    chat.assert_as_stored()
    chat.assert_idle()


def test_database_killed_in_the_middle_of_an_answer(visitor, server):
    chat = visitor()
    chat.write(script(text=MIXED_TEXT, chunks=100, interval_ms=100))
    shown = chat.wait_growing(least=30)
    server.kill_database()
    chat.write(script(text="Written while the database was away.", chunks=2))
    chat.wait_answers(2)
    answers = [item for item in chat.messages if item["role"] == "assistant"]
    assert answers[0]["id"] == shown["id"]
    assert [(item["status"], item["content"]) for item in answers] == \
        [("complete", MIXED_TEXT), ("complete", "Written while the database was away.")]
    chat.assert_as_stored()
    chat.assert_idle()
