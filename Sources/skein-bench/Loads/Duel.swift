import LoadKit

/// Two echo loads in turns: A B A B, so that what else the machine does meanwhile hits both alike.
struct Duel {
  var first: EchoLoad
  var second: EchoLoad
  /// How often each is run.
  var rounds = 5

  struct Outcome {
    var first = EchoTally()
    var second = EchoTally()
    var rates = PairedRates()
    /// Of the server's time for a message, where both processes are known.
    var times = PairedRates()
  }

  /// - Parameter note: told how many rounds are over.
  func run(_ note: (Int) -> Void = { _ in }) throws -> Outcome {
    var outcome = Outcome()
    for round in 1...rounds {
      let (one, other) = (try first.run(), try second.run())
      outcome.first.add(one)
      outcome.second.add(other)
      outcome.rates.add(one.rate, other.rate)
      if let one = one.serverMicroseconds, let other = other.serverMicroseconds { outcome.times.add(one, other) }
      note(round)
    }
    return outcome
  }
}

extension Duel.Outcome {
  /// Both, and how they compare.
  func figures(_ firstName: String, _ secondName: String) -> [Figure] {
    func named(_ name: String, _ figures: [Figure]) -> [Figure] {
      figures.map { Figure("\(name): \($0.name)", $0.value) }
    }
    return named(firstName, first.shortFigures) + named(secondName, second.shortFigures)
      + rates.figures("messages a second, \(firstName) to \(secondName)")
      + times.figures("server time a message, \(firstName) to \(secondName)")
  }
}

extension PairedRates {
  func figures(_ name: String) -> [Figure] {
    guard let bounds else { return [] }
    let range = "\(Format.fixed(bounds.lowerBound, 2)) to \(Format.fixed(bounds.upperBound, 2))"
    return [Figure(name, Format.fixed(ratio, 2)), Figure("\(name), single rounds", range)]
  }
}
