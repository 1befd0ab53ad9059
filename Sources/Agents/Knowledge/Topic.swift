import Conversation

/// What a conversation was about before the question.
struct Topic: Equatable {
  /// The words of the last questions; the older, the less important.
  var words: [QuestionAnalysis.Word] = []
  /// The labels of the passages that the last answer showed.
  var labels: [String] = []
  private var answer = ""

  private static let mostQuestions = 3
  private static let fading = 0.6

  init(_ turns: [Turn], _ lists: WordLists = .english) {
    if let turn = turns.last(where: { $0.role == .assistant }) {
      answer = turn.text
      labels = AnswerText.labels(in: answer)
    }
    var importance = 1.0
    var count = 0
    for turn in turns.reversed() where turn.role == .user {
      let question = QuestionAnalysis(turn.text, lists)
      guard question.kind == .ask else { continue }
      for word in question.words where !words.contains(where: { $0.text == word.text }) {
        words.append(QuestionAnalysis.Word(text: word.text, importance: word.importance * importance))
      }
      count += 1
      // A question that stands for itself is where the topic began.
      if !question.isFollowUp || count == Self.mostQuestions { break }
      importance *= Self.fading
    }
  }

  init() {}

  /// Those passages under the labels that the answer really showed; all, where that can't be told.
  func shown(_ passages: [FoundPassage]) -> [FoundPassage] {
    let shown = passages.filter { passage in
      MarkdownBlock.parse(passage.content).contains { answer.contains($0.text.prefix(60)) }
    }
    return shown.isEmpty ? passages : shown
  }
}
