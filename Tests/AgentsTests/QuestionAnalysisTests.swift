import Conversation
import Testing

@testable import Agents

@Suite struct QuestionAnalysisTests {
  @Test(
    arguments: [
      ("Hello!", .greeting), ("Good morning", .greeting), ("hi there", .greeting), ("Hi, how do I install it?", .ask),
      ("Thanks a lot!", .thanks), ("ok thank you", .thanks), ("bye", .farewell), ("See you later", .farewell),
      ("What can you do?", .capabilities), ("help", .capabilities), ("Who are you?", .capabilities),
      ("What can you tell me about backups?", .ask), ("tell me more", .more), ("go on", .more), ("What else?", .more),
      ("more", .more), ("Why?", .why), ("but why is that so", .why), ("Why does the wind sensor fail?", .ask),
      ("How tall is the Eiffel tower?", .ask), ("", .ask), ("!?", .ask), ("How do I make a backup?", .ask),
    ] as [(String, QuestionAnalysis.Kind)])
  func kinds(_ message: String, _ kind: QuestionAnalysis.Kind) {
    #expect(QuestionAnalysis(message).kind == kind)
  }

  @Test func wordsWithoutTheEmptyOnes() {
    let question = QuestionAnalysis("What is the heartbeat's interval, and how do I change the heartbeat?")
    #expect(question.words.map(\.text) == ["heartbeat", "interval", "change"])
    #expect(question.words.map { $0.importance == 1 } == [true, true, false])
    #expect(!QuestionAnalysis("Which port does it listen on?").asksForReason)
    #expect(QuestionAnalysis("How many sensors are allowed?").asksForNumber)
  }

  @Test(arguments: [
    ("And how do I change it?", true), ("What about MySQL?", true), ("why?", true), ("How do I restore it?", true),
    ("How do I make a backup of the database?", false), ("Which sensors are supported?", false),
    ("and on Debian?", true),
  ])
  func followUps(_ message: String, _ isFollowUp: Bool) {
    #expect(QuestionAnalysis(message).isFollowUp == isFollowUp)
  }

  @Test func theTopicReachesBackToAQuestionThatStandsForItself() {
    let turns = [
      Turn(role: .user, text: "Which sensors are there?"), Turn(role: .assistant, text: "**Sensors**\n\nMany."),
      Turn(role: .user, text: "How do I make a backup?"),
      Turn(role: .assistant, text: "**Operations › Backup**\n\nSo."),
      Turn(role: .user, text: "and how do I encrypt it?"), Turn(role: .assistant, text: "**Security › Keys**\n\nSo."),
      Turn(role: .user, text: "thanks"), Turn(role: .assistant, text: "You're welcome."),
    ]
    let topic = Topic(turns)
    #expect(
      topic.words.map(\.text) == ["encrypt", "make", "backup"] || topic.words.map(\.text) == ["encrypt", "backup"])
    #expect(topic.words.first?.importance == 1)
    #expect((topic.words.last?.importance ?? 1) < 1)
  }

  @Test(arguments: [
    ("bakcup", "backup", true), ("sesion", "session", true), ("recieve", "receive", true),
    ("datbase", "database", true),
    ("configuraton", "configuration", true), ("tower", "lower", false), ("tall", "tell", false),
    ("wind", "window", false),
    ("capital", "capture", false), ("cat", "can", false), ("mysql", "mssql", true), ("v12", "v13", false),
    ("paris", "parts", false), ("oracle", "oracles", true), ("quantum", "quantity", false),
  ])
  func typingErrors(_ typed: String, _ known: String, _ isMeant: Bool) {
    let guesses = [VocabularyGuess(kind: .similar, word: known, passages: 3)]
    #expect((TypingErrors.correction(of: typed, among: guesses) == known) == isMeant)
  }

  @Test(arguments: [
    ("kitten", "sitting", 3), ("ab", "ba", 1), ("", "abc", 3), ("same", "same", 0), ("backup", "bakcup", 1),
    ("ca", "abc", 3),
  ])
  func editDistances(_ a: String, _ b: String, _ distance: Int) {
    #expect(EditDistance.between(a, b) == distance)
    #expect(EditDistance.between(b, a) == distance)
  }
}
