import HTTPWire
import WebSocketWire

/// Requests, pipelined, with content by length or in chunks: whatever the cuts, the same requests and the same error;
/// content within its limit; and heads that mean the same when they are written anew.
func checkHTTPRequests(_ input: inout FuzzInput) {
  let plan = input.plan()
  var limits = HTTPLimits()
  if plan.hasNarrowLimits {
    limits.requestLineBytes = 40
    limits.headerBytes = 120
    limits.fieldCount = 4
    limits.bodyBytes = 20
  }
  let stream = input.remainder()
  let outcomes = plan.cuts(of: stream).map { readRequests($0, limits) }
  for outcome in outcomes { demand(outcome == outcomes[0], "cuts change \(outcomes[0]) to \(outcome)") }
  for request in outcomes[0].requests { checkRequest(request, limits) }
}

private struct Request: Equatable {
  var head: [String]
  var body: [UInt8] = []
  var isWhole = false
}

private struct Requests: Equatable {
  var requests: [Request] = []
  var error: HTTPError?
}

private func readRequests(_ pieces: [[UInt8]], _ limits: HTTPLimits) -> Requests {
  var parser = HTTPRequestParser(limits: limits)
  var result = Requests()
  for piece in pieces {
    var offset = 0
    do throws(HTTPError) {
      while let event = try parser.next(in: piece.span.bytes, from: &offset) {
        switch event {
        case .head(let head): result.requests.append(Request(head: describe(head)))
        case .body(let range):
          demand(
            !range.isEmpty && range.upperBound == offset, "content \(range) is not what was consumed, to \(offset)")
          result.requests[result.requests.count - 1].body += piece[range]
        case .end: result.requests[result.requests.count - 1].isWhole = true
        }
      }
    } catch {
      result.error = error
      let again = Result { () throws(HTTPError) in try parser.next(in: piece.span.bytes, from: &offset) }
      guard case .failure(error) = again else { fatalError("after \(error) the parser goes on") }
      // How much of the refused request's content is handed out before depends on the cuts.
      if result.requests.last?.isWhole == false { result.requests[result.requests.count - 1].body = [] }
      return result
    }
    demand(offset == piece.count, "\(piece.count - offset) bytes are left")
  }
  demand(parser.isIdle || parser.isInsideHead || result.requests.last?.isWhole == false, "idle within a request")
  return result
}

/// Everything that a caller can ask of a head; the first lines make the head again.
private func describe(_ head: HTTPRequestHead) -> [String] {
  let fields = (0..<head.fields.count).map { "\(head.fields.name(at: $0)): \(head.fields.value(at: $0))" }
  let segments = head.pathSegments
  for segment in segments ?? [] {
    let isSafe = segment != ".." && segment != "." && !segment.utf8.contains { $0 == 0x2F || $0 == 0x5C || $0 == 0 }
    demand(isSafe, "the path's part \(segment)")
  }
  var handshake = "no WebSocket"
  if WebSocketHandshake.isWanted(by: head) {
    do throws(WebSocketRefusal) {
      let judged = try WebSocketHandshake(judging: head, subprotocols: ["skein.v1"])
      demand((try? judged.head(extensions: judged.offeredExtensions)) != nil, "a handshake that can't be answered")
      handshake = "\(judged.offeredExtensions) \(judged.subprotocol ?? "")"
    } catch {
      handshake = error.message
    }
  }
  return ["\(head.methodText) \(head.target) HTTP/1.\(head.version.rawValue)"] + fields + [
    "", "\(head.method) \(head.body) \(head.expectsContinue) \(head.keepsAlive) \(head.targetForm)",
    "\(head.path) \(head.query ?? "-") \(head.authority ?? "-") \(head.decodedPath ?? "-")",
    "\(segments ?? []) \(head.queryItems)", handshake,
  ]
}

private func checkRequest(_ request: Request, _ limits: HTTPLimits) {
  demand(request.body.count <= limits.bodyBytes, "\(request.body.count) bytes of content")
  let lines = request.head.prefix { !$0.isEmpty }
  demand(lines.count - 1 <= limits.fieldCount, "\(lines.count - 1) fields")
  demand(lines.dropFirst().count { $0.lowercased().hasPrefix("host:") } <= 1, "several hosts")
  // What is not UTF-8 in a field has been replaced, which may make it longer than the limits.
  guard !lines.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) else { return }
  let again = readRequests([Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)], HTTPLimits())
  demand(again.requests.first?.head == request.head, "written anew \(request.head) is \(again)")
}
