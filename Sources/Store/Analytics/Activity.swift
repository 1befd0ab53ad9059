package import Conversation

/// What has happened since it was last stored, by site, agent and hour.
package struct Activity: Sendable, Equatable {
  /// Where and when.
  package struct Place: Hashable, Sendable {
    package let site: Int64
    package let agent: Int64
    /// Its beginning, in milliseconds since 1970.
    package let hour: Int64

    /// - Parameter now: in milliseconds since 1970.
    package init(site: Int64, agent: Int64, now: Int64) {
      self.site = site
      self.agent = agent
      hour = now - now % 3_600_000
    }
  }

  package struct Counts: Sendable, Equatable {
    package var sessions: Int64 = 0
    package var messages: Int64 = 0
    package var answers: Int64 = 0
    package var failed: Int64 = 0
    package var stopped: Int64 = 0
    package var interrupted: Int64 = 0
    package var resumes: Int64 = 0
    package var ratingsUp: Int64 = 0
    package var ratingsDown: Int64 = 0
    package var inputTokens: Int64 = 0
    package var outputTokens: Int64 = 0
    /// Of both, those of answers whose tokens are estimated.
    package var estimatedTokens: Int64 = 0
    /// What answers have cost, in millionths of a millionth, by currency.
    package var costs: [String: Int64] = [:]
    package var firstBytes = LatencyClasses()
    package var wholes = LatencyClasses()

    package init() {}

    /// What does not fit any more is as much as fits.
    fileprivate mutating func add(_ cost: Cost) {
      let (sum, overflow) = costs[cost.currency, default: 0].addingReportingOverflow(cost.picos)
      costs[cost.currency] = overflow ? .max : sum
    }
  }

  package private(set) var counts: [Place: Counts] = [:]

  package init() {}

  package var isEmpty: Bool { counts.isEmpty }

  package mutating func note(_ place: Place, _ change: (inout Counts) -> Void) {
    change(&counts[place, default: Counts()])
  }

  /// An answer has ended.
  package mutating func ended(_ completion: Completion, at place: Place) {
    note(place) { counts in
      counts.answers += 1
      switch completion.status {
      case .failed: counts.failed += 1
      case .stopped: counts.stopped += 1
      case .interrupted: counts.interrupted += 1
      case .complete, .streaming: break
      }
      counts.inputTokens += completion.usage?.inputTokens ?? 0
      counts.outputTokens += completion.usage?.outputTokens ?? 0
      if let usage = completion.usage, usage.isEstimated {
        counts.estimatedTokens += usage.inputTokens + usage.outputTokens
      }
      if let cost = completion.usage?.cost { counts.add(cost) }
      counts.wholes.add(completion.processingMilliseconds)
    }
  }

  /// Takes back what could not be stored.
  package mutating func add(_ other: Activity) {
    for (place, more) in other.counts {
      note(place) { counts in
        counts.sessions += more.sessions
        counts.messages += more.messages
        counts.answers += more.answers
        counts.failed += more.failed
        counts.stopped += more.stopped
        counts.interrupted += more.interrupted
        counts.resumes += more.resumes
        counts.ratingsUp += more.ratingsUp
        counts.ratingsDown += more.ratingsDown
        counts.inputTokens += more.inputTokens
        counts.outputTokens += more.outputTokens
        counts.estimatedTokens += more.estimatedTokens
        for (currency, picos) in more.costs { counts.add(Cost(picos: picos, currency: currency)) }
        counts.firstBytes.add(more.firstBytes)
        counts.wholes.add(more.wholes)
      }
    }
  }
}
