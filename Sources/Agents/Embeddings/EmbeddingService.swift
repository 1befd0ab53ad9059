package import HTTPClient
import Reactor
import Redaction
import Synchronization

/// Asks a service for the vectors of texts. One that fails is left alone for a while, so that no question waits for it
/// each time.
package final class EmbeddingService: Sendable {
  /// What was asked for, since the start.
  package struct Counts: Sendable, Equatable {
    /// Requests that were made, and that failed.
    package var asked = 0
    package var failed = 0
    /// Texts that the model did not take.
    package var refused = 0
  }

  /// Who asks: those who wait for a passage's vector have time, and leave the service alone for longer.
  enum Asker: Int { case question, passages }

  /// How long the service is left alone by one of them.
  private struct Rest {
    var failures = 0
    var until: UInt64 = 0
  }

  package let settings: EmbeddingSettings
  private let service: ServiceSettings
  private let clients: HTTPClients
  private let state = Mutex((counts: Counts(), rests: [Rest(), Rest()]))

  /// Whoever asks for more is asked again before.
  private static let longestAsked: UInt64 = 600_000

  package init(_ settings: EmbeddingSettings, clients: HTTPClients) throws(ConfigurationError) {
    self.settings = settings
    self.clients = clients
    service = try settings.service()
  }

  package var counts: Counts { state.withLock { $0.counts } }

  /// How long it is left alone from now on, in milliseconds; 0: it may be asked.
  func rest(of asker: Asker) -> UInt64 {
    let now = EventLoop.monotonicMilliseconds()
    return state.withLock { state in
      let until = state.rests[asker.rawValue].until
      return until > now ? until - now : 0
    }
  }

  /// How many requests of this kind have failed one after the other.
  func failures(of asker: Asker) -> Int { state.withLock { $0.rests[asker.rawValue].failures } }

  /// A failure of the service for the log.
  func summary(of failure: ModelFailure) -> String { failure.summary(by: service.redaction()) }

  func countRefused() { state.withLock { $0.counts.refused += 1 } }

  /// The vector of a question; nil where there is none in time.
  func vector(of question: String) async -> [Float]? {
    guard rest(of: .question) == 0 else { return nil }
    return try? await vectors(
      of: [settings.questionPrefix + question], for: .question, within: settings.questionMilliseconds
    ).first
  }

  /// The vectors of texts, each of length 1.
  /// - Throws: `ModelFailure`; `CancellationError`.
  func vectors(of texts: [String], for asker: Asker, within milliseconds: UInt64) async throws -> [[Float]] {
    state.withLock { $0.counts.asked += 1 }
    do {
      let vectors = try await ask(texts, milliseconds)
      state.withLock { $0.rests[asker.rawValue] = Rest() }
      return vectors
    } catch let failure as ModelFailure {
      note(failure, asker)
      throw failure
    }
  }

  /// Leaves the service alone, since what it answered is not to be used.
  func note(_ failure: ModelFailure, _ asker: Asker) {
    let now = EventLoop.monotonicMilliseconds()
    state.withLock { state in
      state.counts.failed += 1
      // That is about the text.
      if failure.kind == .refusedRequest || failure.kind == .tooLong { return }
      let failures = state.rests[asker.rawValue].failures
      let own = min(
        settings.restMilliseconds.upperBound, settings.restMilliseconds.lowerBound << UInt64(min(failures, 10)))
      let asked = min(failure.retryAfter ?? 0, Self.longestAsked)
      state.rests[asker.rawValue] = Rest(failures: failures + 1, until: now + max(own, asked))
    }
  }

  private func ask(_ texts: [String], _ milliseconds: UInt64) async throws -> [[Float]] {
    var request = try service.request(
      to: service.url + "/embeddings", EmbeddingFormat.body(model: settings.model, texts))
    request.totalMilliseconds = milliseconds
    request.connectMilliseconds = min(request.connectMilliseconds, milliseconds)
    do {
      let (head, content) = try await clients.here.fetch(request)
      guard head.status == 200 else {
        throw ModelFailure(status: head.status, content: content, retryAfter: RetryAfter.milliseconds(of: head))
      }
      return try EmbeddingFormat.vectors(content, count: texts.count)
    } catch let error as HTTPClientError {
      throw ModelFailure(error)
    }
  }
}
