import Conversation

/// What a try of an answer takes of tokens, while it is made: as the service counts them, and as they are estimated where
/// it has not. Most services count at the end alone, which an answer that is stopped never reaches, and some do not.
struct TokenTally: Sendable, Equatable {
  /// What was taken before.
  let before: Usage?
  /// How many the question is, as they are estimated; nil: nothing is estimated.
  let question: Int64?
  let prices: ModelPrices?
  /// What the service has counted of this try.
  private var counted: Usage?
  /// How many bytes have come since.
  private var bytes = 0

  init(before: Usage?, question: Int64?, prices: ModelPrices?) {
    (self.before, self.question, self.prices) = (before, question, prices)
  }

  /// Whether something came of the try, or was counted.
  var hasBegun: Bool { bytes > 0 || counted != nil }

  /// Something has come that the model has made.
  mutating func take(_ text: String) { bytes += text.utf8.count }

  /// The service has counted all until now.
  mutating func count(_ usage: Usage) { (counted, bytes) = (usage, 0) }

  /// All that was taken until now; nil where that is not known.
  var usage: Usage? {
    guard var own = counted ?? question.map({ Usage(inputTokens: $0, outputTokens: 0) }) else { return before }
    if question != nil {
      own.isEstimated = counted == nil || bytes > 0
      if bytes > 0 { own.outputTokens += Int64(ModelPrompt.tokens(bytes: bytes)) }
    }
    var sum = Usage(
      inputTokens: (before?.inputTokens ?? 0) + own.inputTokens,
      outputTokens: (before?.outputTokens ?? 0) + own.outputTokens,
      cachedTokens: (before?.cachedTokens ?? 0) + own.cachedTokens,
      isEstimated: own.isEstimated || before?.isEstimated == true)
    sum.cost = prices?.cost(of: sum)
    return sum
  }
}
