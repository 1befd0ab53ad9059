"""A visitor's conversations, and the agent that answers from the product's own documentation."""

from chat import PATIENCE_SECONDS, eventually, script


def test_a_new_conversation_is_empty_and_the_old_one_stays_stored(visitor, server):
    chat = visitor()
    old = chat.session
    chat.write(script(text="Of the old conversation.", chunks=3))
    chat.wait_answers(1)

    chat.page.get_by_role("button", name="New conversation").click()
    chat.wait_online()
    new = chat.session
    assert new != old
    assert chat.messages == []
    eventually(lambda: chat.page.locator("[data-message-id]").count() == 0, "the log is empty")
    eventually(chat.page.locator("[data-part=greeting]").is_visible, "the greeting is shown")

    chat.write(script(text="Of the new conversation.", chunks=3))
    chat.wait_answers(1)
    chat.reload()
    assert chat.session == new
    assert chat.answer["content"] == "Of the new conversation."
    chat.assert_as_stored()
    assert [item.content.decode() for item in server.stored(old)][1:] == ["Of the old conversation."]


def test_a_new_conversation_in_the_middle_of_an_answer_takes_nothing_along(visitor, server):
    chat = visitor()
    old = chat.session
    chat.write(script(text="word " * 60, chunks=60, interval_ms=200))
    chat.wait_growing()
    chat.page.get_by_role("button", name="New conversation").click()
    chat.wait_online()
    chat.write(script(text="Here.", chunks=1))
    assert chat.wait_answers(1)["content"] == "Here."
    assert len(chat.messages) == 2
    # Nobody stopped the other answer: it is written to its end.
    eventually(lambda: server.stored(old)[-1].status == "complete", "the old answer is finished")
    assert server.stored(old)[-1].content.decode() == "word " * 60
    chat.assert_as_stored()


def test_two_visitors_see_nothing_of_each_other(browser, visitor, server):
    chat = visitor()
    chat.write(script(text="A secret.", chunks=1))
    chat.wait_answers(1)
    stranger = browser.new_context()
    stranger.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = stranger.new_page()

    def is_online():
        return page.locator("[data-part=badge]").get_attribute("data-state") == "online"

    page.goto(f"{server.url}/?agent=script")
    eventually(is_online, "the stranger is connected")
    assert page.evaluate("() => skein.transcript.messages.length") == 0

    # A session's id alone opens nothing: the stranger is turned away, and goes on with one of its own.
    page.evaluate("(session) => localStorage.setItem('skein::script:session', session)", chat.session)
    page.reload()
    eventually(is_online, "the stranger is connected")
    assert page.evaluate("() => skein.session") != chat.session
    assert page.evaluate("() => skein.transcript.messages.length") == 0
    stranger.close()


def test_the_knowledge_agent_answers_from_the_documentation(visitor):
    chat = visitor(agent=None)
    eventually(chat.page.locator("[data-part=greeting]").is_visible, "the greeting is shown")
    chat.write("How does a client resume after its connection was lost?")
    answer = chat.wait_answers(1)
    assert answer["status"] == "complete"
    assert "sends `hello` with its **position**" in answer["content"]
    chat.assert_as_stored()
    chat.assert_drawn()
    assert chat.element(answer).locator(".content strong").first.text_content() == answer["citations"][0]["title"]

    sources = chat.element(answer).locator(".citations li")
    assert sources.count() == len(answer["citations"]) >= 1
    chat.element(answer).locator(".citations summary").click()
    with chat.page.context.expect_page() as opened:
        sources.first.get_by_role("link", name=answer["citations"][0]["title"]).click()
    document = opened.value
    place = document.locator("#how-a-client-resumes.here")
    eventually(lambda: place.count() == 1, "the source is shown at the cited place")
    assert "longer each time" in document.locator("main").text_content()


def test_documents_are_shown_with_their_links(browser, server):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    page.goto(f"{server.url}/document.html?path=README.md")
    eventually(lambda: page.title() == "Skein", "the document is shown")
    page.get_by_role("link", name="the settings").click()
    eventually(lambda: page.locator("#all-settings.here").count() == 1, "the link leads to the other document")
    assert page.locator("table td").first.text_content() == "--host"
    link = page.get_by_role("link", name="RFC 8259")
    assert link.get_attribute("href") == "https://www.rfc-editor.org/rfc/rfc8259"

    for path in ("../Package.swift", "docs/../../secret.md", "docs/none.md", "//127.0.0.1:9/x.md", ""):
        page.goto(f"{server.url}/document.html?path={path}")
        eventually(lambda: page.title() == "There is no such document", f"{path} is no document")
    page.close()


def test_a_suggestion_is_a_question(visitor):
    chat = visitor(agent=None)
    chips = chat.page.locator("[data-part=suggestions] button")
    eventually(lambda: chips.count() > 0, "the agent suggests something")
    text = chips.first.text_content()
    chips.first.click()
    assert chat.wait_answers(1)["status"] == "complete"
    assert chat.messages[0]["content"] == text
    assert chips.first.is_hidden()
