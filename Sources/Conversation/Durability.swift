/// When the bytes of an answer may be shown.
package enum Durability: String, Sendable {
  /// Once they are committed.
  case commit
  /// As soon as they are there. What is shown and not committed is lost with its server: such an answer is not continued
  /// by another one, so that nothing else can come to stand where lost bytes stood.
  case relaxed
}
