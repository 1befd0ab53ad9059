import Conversation
import Postgres
import Testing

@testable import Agents

@Suite struct KnowledgeAgentTests {
  @Test func whatTheDocumentsSay() async throws {
    let library = try await LanternLibrary()
    for (question, label) in [
      ("How do I make a backup?", "Operations › Backup"),
      ("how can i restore my data", "Operations › Restore"),
      ("I forgot my password, what now?", "Security › Forgotten password"),
      ("Which port does it listen on?", "Settings › Network"),
      ("What does close code 4002 mean?", "Protocol › Live updates › Close codes"),
      ("how long are measurements kept?", "Settings › Retention"),
      ("Is TLS supported?", "Security › Encryption"),
      ("How do I install Lantern on Debian?", "Lantern › Installation"),
      ("where are the logs?", "Operations › Logs"),
      ("What stations does it support?", "Lantern › Supported stations"),
    ] {
      let answer = try await library.ask(question)
      #expect(answer.citations.first?.title == label, "\(question): \(answer.text)")
    }
  }

  @Test func anAnswerNamesItsSource() async throws {
    let answer = try await LanternLibrary().ask("How do I make a backup?")
    #expect(answer.text.hasPrefix("**Operations › Backup**\n\n"))
    #expect(answer.text.contains("`lantern backup FILE`"))
    #expect(answer.pieces.count > 5)
    let citation = try #require(answer.citations.first)
    #expect(citation.url == "/docs/operations.md#backup")
    #expect(citation.excerpt?.contains("backup") == true)
    #expect((citation.excerpt?.count ?? 0) <= 200)
  }

  /// Wherever its server died, the rest is what would have followed.
  @Test func itGoesOnWithAnAnswer() async throws {
    let library = try await LanternLibrary()
    let question = "How do I make a backup?"
    let whole = try await library.ask(question)
    let scalars = Array(whole.text.unicodeScalars)
    for count in stride(from: 0, through: scalars.count, by: 7) + [scalars.count] {
      var begun = String.UnicodeScalarView()
      begun.append(contentsOf: scalars[..<count])
      let rest = try await library.ask(question, begun: String(begun))
      #expect(String(begun) + rest.text == whole.text)
      #expect(rest.citations == whole.citations)
    }
    for other in [whole.text + ".", "I don't know", " " + whole.text] {
      await #expect(throws: CannotContinue.self) { try await library.ask(question, begun: other) }
    }
  }

  @Test func whatTheDocumentsDoNotSay() async throws {
    let library = try await LanternLibrary()
    for question in [
      "How tall is the Eiffel tower?", "What is the capital of France?", "Can I pay with PayPal?",
      "Who won the football match?",
      "How do I cook pasta?", "Does it run on Windows XP?", "Write me a poem about the sea", "asdf qwer zxcv",
      "How do I connect it to Slack?", "'; DROP TABLE documents; --",
    ] {
      let answer = try await library.ask(question)
      #expect(answer.text.hasPrefix("I don't know: nothing in my documents"), "\(question): \(answer.text)")
      #expect(answer.citations.isEmpty)
    }
    #expect(try await library.ask("How tall is the Eiffel tower?").text.contains("“Eiffel”"))
    #expect(try await library.count("SELECT 1 FROM documents") == 5)
  }

  @Test func typingErrorsAreForgiven() async throws {
    let library = try await LanternLibrary()
    for (question, label, meant) in [
      ("How do I make a bakcup?", "Operations › Backup", "backup"),
      ("forgoten pasword", "Security › Forgotten password", "password"),
      ("waht is the hartbeat", "Protocol › Live updates › Heartbeat", "heartbeat"),
      ("supported statoins", "Lantern › Supported stations", "stations"),
      ("retore the measurments", "Operations › Restore", "restore"),
    ] {
      let answer = try await library.ask(question)
      #expect(answer.citations.first?.title == label, "\(question): \(answer.text)")
      #expect(answer.text.contains("as “\(meant)”"), "\(question): \(answer.text)")
    }
  }

  @Test func followUpsLeanOnTheConversation() async throws {
    let library = try await LanternLibrary()
    for (questions, label) in [
      (["How do I make a backup?", "and how do I restore it?"], "Operations › Restore"),
      (["How do I make a backup?", "Why?"], "Operations › Backup"),
      (["What is the heartbeat?", "How do I change it?"], "Settings › Network"),
      (["Which tokens are there?", "thanks", "and how do I replace them?"], "Security › Tokens"),
      (["How do I make a backup?", "Tell me more"], "Operations › Restore"),
    ] {
      let answers = try await library.converse(questions)
      let last = try #require(answers.last)
      #expect(last.citations.contains { $0.title == label }, "\(questions): \(last.text)")
    }
    let unknown = try await library.converse(["How do I make a backup?", "What about MySQL?"])
    #expect(unknown.last?.text.hasPrefix("I don't know: nothing in my documents speaks of “MySQL”") == true)
  }

  @Test func aNewQuestionIsNotHeldBackByTheOldOne() async throws {
    let answers = try await LanternLibrary().converse(["How do I make a backup?", "Which stations are supported?"])
    #expect(answers.last?.citations.first?.title == "Lantern › Supported stations")
  }

  @Test func smallTalk() async throws {
    let library = try await LanternLibrary()
    #expect(try await library.ask("Hello!").text.contains("Lantern, Operations, Protocol"))
    #expect(try await library.ask("What can you do?").text.contains("- Security"))
    #expect(try await library.ask("thank you").text.hasPrefix("You're welcome"))
    #expect(try await library.ask("?").text == Phrases.english.askForWords)
    #expect(try await library.ask("why?").text == Phrases.english.askForWords)
  }

  @Test func withoutDocumentsItSaysSo() async throws {
    let library = try await LanternLibrary(loaded: false)
    #expect(try await library.ask("How do I make a backup?").text == Phrases.english.noDocuments)
    #expect(try await library.ask("hi").text.contains("no documents"))
  }

  @Test func aSiteSeesItsOwnDocumentsOnly() async throws {
    let world = try await SitesWorld()
    let library = world.library
    for (row, word) in ["zanzibar", "quokka"].enumerated() {
      let document = KnowledgeDocument(path: "a.md", markdown: Array("# Notes\n\nThe \(word) is secret.".utf8))
      try await KnowledgeLibrary.load([document], into: library.client, site: world.sites[row])
    }
    let own = try await library.ask("What is a zanzibar?", session: "session_of_one_0000")
    #expect(own.text.contains("zanzibar is secret"))
    let foreign = try await library.ask("What is a zanzibar?", session: "session_of_two_0000")
    #expect(foreign.citations.isEmpty)
    // Not even a correction tells that the word exists.
    let guessed = try await library.ask("What is a zanzibra?", session: "session_of_two_0000")
    #expect(!guessed.text.contains("zanzibar"))
    let nobody = try await library.ask("What is a zanzibar?")
    #expect(nobody.text == Phrases.english.noDocuments)
  }

  @Test(arguments: [
    String(repeating: "x", count: 200_000), String(repeating: "backup ", count: 20_000), "🎏🎏🎏", "' \\ | & ! ( ) <-> :*",
    "\u{202E}\u{0301}", "%_%", "$1", "שלום עולם", "数据库 备份",
  ])
  func oddQuestionsGetAnAnswer(_ question: String) async throws {
    let answer = try await LanternLibrary().ask(question)
    #expect(!answer.text.isEmpty)
  }

  @Test func anUnreachableDatabaseIsSaidInPlainWords() async throws {
    let library = try await LanternLibrary()
    await library.client.close()
    await #expect(throws: AgentError.self) { _ = try await library.ask("How do I make a backup?") }
  }
}
