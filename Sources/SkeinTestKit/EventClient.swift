package import HTTPWire
package import JSONWire

/// A strict reader of a `text/event-stream` (WHATWG HTML section 9.2). Events are taken one by one; where the stream
/// begins with a `welcome` each is applied to `transcript`, whose position has to be the event's id.
package actor EventClient {
  /// An event as it came.
  package struct Event: Sendable, Equatable {
    package let type: String
    package let data: [UInt8]
    package let id: String

    /// The data as a frame of the protocol.
    package var frame: JSONValue { (try? JSONValue(parsing: data)) ?? .null }
  }

  package nonisolated let unownedExecutor: UnownedSerialExecutor
  /// The connection below.
  package nonisolated let socket: TestSocket
  /// The response's head, once it has come.
  package private(set) var head: HTTPReceivedHead?
  /// What is known of the session; keep it, and hand it to the client that resumes.
  package private(set) var transcript: Transcript
  /// What an `EventSource` would send as `Last-Event-ID`.
  package private(set) var lastEventID: String
  /// How many comments have come.
  package private(set) var comments = 0
  /// Whether the response has come to its end, and was not cut.
  package private(set) var isWhole = false
  private var parser = HTTPResponseParser()
  private var input: [UInt8] = []
  private var text: [UInt8] = []
  private var searched = 0
  private var follows: Bool?

  /// Sends a request for a stream.
  /// - Parameters:
  ///   - fields: header lines, each with its CR LF.
  ///   - transcript: what is known from earlier streams, with the id of the last event of them.
  package static func open(
    to port: UInt16, _ target: String, method: String = "GET", fields: String = "", content: [UInt8] = [],
    version: String = "1.1", transcript: Transcript = Transcript(), lastEventID: String = "", receiveBuffer: Int32 = 0
  ) async throws -> EventClient {
    let socket = try await TestSocket.connect(to: port, receiveBuffer: receiveBuffer)
    var request = "\(method) \(target) HTTP/\(version)\r\nHost: test\r\nAccept: text/event-stream\r\n\(fields)"
    if !lastEventID.isEmpty { request += "Last-Event-ID: \(lastEventID)\r\n" }
    if !content.isEmpty { request += "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n" }
    await socket.send(Array("\(request)\r\n".utf8) + content)
    return EventClient(socket, transcript, lastEventID)
  }

  private init(_ socket: TestSocket, _ transcript: Transcript, _ lastEventID: String) {
    self.socket = socket
    self.transcript = transcript
    self.transcript.reconnect()
    self.lastEventID = lastEventID
    unownedExecutor = socket.unownedExecutor
  }

  /// The next event; nil at the response's end. A connection that ends before that is thrown as code 1006.
  package func next(within limit: UInt64 = TestSocket.patience) async throws -> Event? {
    while true {
      if let event = try takeEvent() { return try apply(event) }
      if isWhole { return nil }
      let bytes = try await socket.receive(within: limit)
      guard !bytes.isEmpty else {
        guard head != nil, parser.mayEnd else { throw TestClientError.closed(code: 1006, reason: "") }
        isWhole = true
        continue
      }
      input += bytes
      try parse()
    }
  }

  /// Takes events up to the first of that type.
  @discardableResult
  package func until(_ type: String) async throws -> Event {
    while let event = try await next() {
      if event.type == type { return event }
    }
    throw TestClientError.unexpected("the stream ended before \(type)")
  }

  /// Takes events until the transcript is as it should be.
  package func until(_ condition: (Transcript) -> Bool) async throws {
    while !condition(transcript) {
      guard try await next() != nil else { throw TestClientError.unexpected("the stream ended") }
    }
  }

  /// All events up to the response's end.
  package func all() async throws -> [Event] {
    var events: [Event] = []
    while let event = try await next() { events.append(event) }
    return events
  }

  /// Takes the head of the response.
  package func status() async throws -> Int {
    while head == nil {
      let bytes = try await socket.receive()
      guard !bytes.isEmpty else { throw TestClientError.closed(code: 1006, reason: "") }
      input += bytes
      try parse()
    }
    return Int(head?.status.code ?? 0)
  }

  /// Ends the connection.
  package func drop() async { await socket.close() }

  private func parse() throws {
    var offset = 0
    while let event = try parser.next(in: input.span.bytes, from: &offset) {
      switch event {
      case .head(let new): head = new
      case .body(let range): text += input[range]
      case .end: isWhole = true
      }
    }
    input.removeFirst(offset)
  }

  private func takeEvent() throws -> Event? {
    while true {
      // An empty line ends it; an event of many pieces is not searched from its beginning each time.
      while let line = text[searched...].firstIndex(of: 0x0A), line > 0, text[line - 1] != 0x0A { searched = line + 1 }
      guard let end = text[searched...].firstIndex(of: 0x0A) else {
        searched = text.count
        return nil
      }
      let lines = text[..<end].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
      text.removeFirst(end + 1)
      searched = 0
      if lines == [":"] {
        comments += 1
        continue
      }
      guard lines.count == 3, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: "), lines[2].hasPrefix("id: ")
      else { throw TestClientError.unexpected("no event: \(lines)") }
      return Event(
        type: String(lines[0].dropFirst(7)), data: Array(lines[1].utf8.dropFirst(6)), id: String(lines[2].dropFirst(4)))
    }
  }

  private func apply(_ event: Event) throws -> Event {
    let frame = try JSONValue(parsing: event.data)
    guard frame["type"]?.string == event.type else { throw TestClientError.unexpected("an event of another type") }
    guard event.data.count <= 256 * 1024 else { throw TestClientError.unexpected("a frame over its size") }
    lastEventID = event.id
    // The stream of a post begins in the middle of the session.
    follows = follows ?? (event.type == "welcome")
    guard follows == true else { return event }
    try transcript.apply(frame)
    guard event.id == transcript.eventID else {
      throw TestClientError.unexpected("the id \(event.id) at \(transcript.eventID), after \(event.type)")
    }
    return event
  }
}

extension Transcript {
  /// The position as the id of an event; empty where there is none.
  package var eventID: String {
    guard let position, let version = position["version"]?.int else { return "" }
    guard let message = position["message"]?.string, let offset = position["offset"]?.int else { return "\(version)" }
    return "\(version):\(message):\(offset)"
  }
}
