import Accounts
import Conversation
import Store
import Transport

/// Who speaks the protocol on a connection, over a WebSocket or for one request of plain HTTP, and the session that it
/// is bound to.
final class Client {
  enum Stage {
    /// Before a good `hello`; until when, in the loop's milliseconds.
    case greeting(deadline: UInt64)
    /// Between `hello` and `welcome`; no frame is taken meanwhile.
    case binding
    case bound(LiveSession, Reader)
    /// It was told the last: a close frame, or the end of its answer.
    case leaving
  }

  let connection: Connection
  let isWebSocket: Bool
  /// Whether the head of its stream was sent.
  var isStreaming = false
  var stage: Stage
  var passport: Passport
  /// What its address counts as, once that was asked.
  var knownNetwork: UInt64?
  /// When it is sent away, where the server ends; in the loop's milliseconds.
  var leavesAt: UInt64 = 0

  init(_ connection: Connection, stage: Stage, passport: Passport) {
    self.connection = connection
    if case .talk = passport.errand { isWebSocket = true } else { isWebSocket = false }
    self.stage = stage
    self.passport = passport
  }

  /// Notes a frame that could not be understood.
  /// - Parameter now: in milliseconds.
  /// - Returns: whether it is the third within a minute.
  func notesBadFrame(now: UInt64) -> Bool {
    passport.badFrames.removeAll { $0 + 60_000 < now }
    passport.badFrames.append(now)
    return passport.badFrames.count >= 3
  }
}

/// What goes with a client from loop to loop.
struct Passport: Sendable {
  let site: Directory.Site
  /// The page that is to be told that it may read the answers: its origin, where that is not the server's own.
  let reader: String?
  let errand: Errand
  /// What its request is called in answers; nil for a WebSocket.
  let request: String?
  /// The digest that its sessions are known by, once it has proved who it is.
  var owner: [UInt8]?
  /// By what it has proved that; nil where it came with a ticket.
  var bearer: Bearer?
  /// The token that was made for it here, until a `welcome` has told it.
  var madeToken: String?
  /// Whether it was counted as one that has come.
  var isCounted = false
  /// When frames came that could not be understood, in the loops' milliseconds.
  var badFrames: [UInt64] = []

  init(site: Directory.Site, reader: String? = nil, errand: Errand = .talk, request: String? = nil) {
    self.site = site
    self.reader = reader
    self.errand = errand
    self.request = request
  }

  /// The same for another errand.
  func with(_ errand: Errand) -> Passport { Passport(site: site, reader: reader, errand: errand, request: request) }
}
