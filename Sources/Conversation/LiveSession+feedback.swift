import JSONWire

/// What people think of answers.
extension LiveSession {
  /// `message.feedback`.
  package func rate(_ rate: ClientFrame.Rate, from origin: Origin) {
    ratings.append((rate, origin))
    startRating()
  }

  /// One at a time: a group takes one of each session.
  private func startRating() {
    guard !isRating, let (rate, origin) = ratings.first else { return }
    isRating = true
    commit(
      .rate(
        Change.Rating(
          session: key, id: makeID(), message: rate.message, rating: rate.rating,
          comment: rate.comment)),
      from: origin)
  }

  func settle(_ rating: Change.Rating, _ origin: Origin?, _ outcome: Outcome) {
    isRating = false
    if !ratings.isEmpty { ratings.removeFirst() }
    defer { startRating() }
    if case .committed(let version, _) = outcome {
      markedAt = version
      return tell(version, to: origin, isMark: true) { ref in
        ServerFrame.updated(rating.message, version: version, ref: ref) { json in
          json.key("feedback")
          json.nullable(rating.rating == .none ? nil : rating.rating.rawValue)
        }
      }
    }
    guard let origin else { return }
    switch outcome {
    case .denied(.absent): refuse(origin, .notFound, "message: there is no such message")
    case .denied: refuse(origin, .badField, "message: not an answer, or not one that is final")
    default: refuse(origin, outcome, "the rating could not be stored")
    }
  }
}
