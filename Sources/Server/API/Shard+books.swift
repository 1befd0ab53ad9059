import Accounts
import Conversation
import HTTPWire
import JSONWire
import Log
import Postgres
import Store
import Transport

/// From the books' answers and refusals to those of requests.
extension Shard {
  /// Asks a book.
  /// - Throws: what the sender is told: the books' own refusals, as far as they are for its eyes.
  func keeping<Value: Sendable>(_ body: () async throws -> Value) async throws(Problem) -> Value {
    do {
      return try await body()
    } catch let error as Problem {
      throw error
    } catch let error as LoginError {
      switch error {
      case .refused: throw .unauthenticated("e-mail or password is wrong")
      case .tooMany(let wait): throw Problem(.tooManyRequests, "rate_limited", "too many tries", retryAfter: wait)
      }
    } catch let error as UserError {
      if case .noSuchSite = error { throw .notFound("there is no such site") }
      throw error == .emailTaken || error == .lastOwner ? .conflict(error.description) : .badField(error.description)
    } catch let error as KeyError {
      if case .noSuchKey = error { throw .notFound("there is no such key") }
      throw .badField(error.description)
    } catch let error as SiteError {
      if case .noSuchSite = error { throw .notFound("there is no such site") }
      throw .badField(error.description)
    } catch let error as AgentBookError {
      switch error {
      case .noSuchAgent: throw .notFound("there is no such agent")
      case .taken, .used, .builtIn, .noKey, .changedMeanwhile: throw .conflict(error.description)
      case .badSlug, .incomplete: throw .badField(error.description)
      }
    } catch let error as PasswordDesk.Failure {
      log.warning("a password could not be taken", ["error": "\(error)"])
      throw Problem(.serviceUnavailable, "unavailable", "too many log in at this moment", retryAfter: 1000)
    } catch let error as PostgresError {
      throw error.isRetryable || error.isConnectionFailure ? .unavailable : failed(error)
    } catch {
      throw failed(error)
    }
  }

  private func failed(_ error: any Error) -> Problem {
    log.error("a request failed", ["error": "\(error)"])
    return .internal
  }
}

extension APICall {
  /// Who does what is asked for, for the record.
  var origin: AuditOrigin {
    let actor: AuditOrigin.Actor =
      switch account?.kind {
      case .user(let id, _, _): .user(id)
      case .key(let grant): .key(grant.id)
      default: .nobody
      }
    return AuditOrigin(actor, address: address, request: id)
  }
}

extension JSONObject {
  /// A text of so many characters; nil where it is absent.
  /// - Parameter takesNull: whether null is as if it were absent.
  func text(
    _ name: String, _ bounds: ClosedRange<Int> = 0...200, takesNull: Bool = false
  ) throws(Problem) -> String? {
    guard let value = self[name], !takesNull || !value.isNull else { return nil }
    // The bytes first: counting the characters of a huge text costs.
    guard let text = value.string, text.utf8.count <= 4 * bounds.upperBound,
      bounds.contains(text.unicodeScalars.count), !text.utf8.contains(0)
    else { throw .badField("\(name): a string of \(bounds.lowerBound) to \(bounds.upperBound) characters") }
    return text
  }

  /// The same, which has to be there.
  func needed(_ name: String, _ bounds: ClosedRange<Int> = 1...200) throws(Problem) -> String {
    guard let text = try text(name, bounds) else { throw .badField("\(name): missing") }
    return text
  }

  /// A list of texts; nil where it is absent.
  func texts(_ name: String, most: Int, characters: Int) throws(Problem) -> [String]? {
    guard let value = self[name] else { return nil }
    let texts = value.array?.compactMap(\.string)
    guard let texts, texts.count == value.array?.count, texts.count <= most,
      texts.allSatisfy({ $0.unicodeScalars.count <= characters && !$0.utf8.contains(0) })
    else { throw .badField("\(name): a list of up to \(most) strings of up to \(characters) characters") }
    return texts
  }

  /// True or false; nil where it is absent.
  func bool(_ name: String) throws(Problem) -> Bool? {
    guard let value = self[name] else { return nil }
    guard let bool = value.bool else { throw .badField("\(name): true or false") }
    return bool
  }

  /// A whole number; nil where it is absent or null.
  func int(_ name: String, _ bounds: ClosedRange<Int64>) throws(Problem) -> Int64? {
    guard let value = self[name], !value.isNull else { return nil }
    guard let int = value.int, bounds.contains(int) else {
      throw .badField("\(name): a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return int
  }

  /// One of a few words; nil where it is absent.
  func word<Word: RawRepresentable<String> & CaseIterable>(_ name: String, _: Word.Type) throws(Problem) -> Word? {
    guard let value = self[name] else { return nil }
    guard let word = value.string.flatMap(Word.init) else {
      throw .badField("\(name): \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }
}

extension JSONValue {
  /// RFC 3339; null for none.
  static func time(_ milliseconds: Int64?) -> JSONValue {
    guard let milliseconds else { return .null }
    var json = JSONWriter()
    json.timestamp(milliseconds)
    return (try? JSONValue(parsing: json.bytes)) ?? .null
  }

  /// A text; null for none.
  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  /// JSON that is stored; null for none.
  static func stored(_ json: String?) -> JSONValue { json.flatMap { try? JSONValue(parsing: $0) } ?? .null }
}
