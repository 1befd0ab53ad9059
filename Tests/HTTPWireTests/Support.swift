import HTTPWire
import Testing

/// What a stream of requests comes to.
struct Outcome: Equatable, CustomStringConvertible {
  struct Request: Equatable {
    var line = ""
    var fields: [String] = []
    var body: [UInt8] = []
    var isWhole = false
  }

  var requests: [Request] = []
  var error: HTTPError?

  var status: UInt16? { error?.status.code }
  var description: String {
    requests.map { "\($0.line) \($0.fields) \(String(decoding: $0.body, as: UTF8.self)) \($0.isWhole)" }
      .joined(separator: "; ") + " \(error.map(String.init(describing:)) ?? "")"
  }
}

/// Runs a parser over pieces of a stream.
func parse(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits(), bodyLimit: Int? = nil) -> Outcome {
  var parser = HTTPRequestParser(limits: limits)
  var outcome = Outcome()
  for piece in pieces {
    var offset = 0
    do throws(HTTPError) {
      while let event = try parser.next(in: piece.span.bytes, from: &offset) {
        switch event {
        case .head(let head):
          if let bodyLimit { parser.bodyLimit = bodyLimit }
          let fields = (0..<head.fields.count).map { "\(head.fields.name(at: $0)): \(head.fields.value(at: $0))" }
          outcome.requests.append(Outcome.Request(line: "\(head.methodText) \(head.target)", fields: fields))
        case .body(let range):
          #expect(!range.isEmpty && range.upperBound == offset || range.upperBound <= piece.count)
          outcome.requests[outcome.requests.count - 1].body += piece[range]
        case .end:
          outcome.requests[outcome.requests.count - 1].isWhole = true
        }
      }
    } catch {
      #expect(offset <= piece.count)
      outcome.error = error
      return outcome
    }
    #expect(offset == piece.count)
  }
  return outcome
}

func parse(_ text: String) -> Outcome { parse([Array(text.utf8)]) }

/// The head of a single request.
func head(_ text: String) throws -> HTTPRequestHead {
  var parser = HTTPRequestParser()
  var offset = 0
  let bytes = Array(text.utf8)
  let event = try parser.next(in: bytes.span.bytes, from: &offset)
  guard case .head(let head) = event else { throw HTTPError(.badRequest, "no head") }
  return head
}

/// The two pieces of a stream cut at an offset.
func cut(_ bytes: [UInt8], at offset: Int) -> [[UInt8]] { [Array(bytes[..<offset]), Array(bytes[offset...])] }

/// A stream in pieces of one byte.
func bytewise(_ bytes: [UInt8]) -> [[UInt8]] { bytes.map { [$0] } }
