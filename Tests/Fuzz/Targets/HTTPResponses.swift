import HTTPWire

/// Responses: whatever the cuts, the same responses and the same error.
func checkHTTPResponses(_ input: inout FuzzInput) {
  let plan = input.plan()
  let stream = input.remainder()
  let outcomes = plan.cuts(of: stream).map { readResponses($0, isHead: plan.hasOption) }
  for outcome in outcomes { demand(outcome == outcomes[0], "cuts change \(outcomes[0]) to \(outcome)") }
}

private struct Responses: Equatable {
  var heads: [String] = []
  var bodies: [[UInt8]] = []
  var mayEnd = false
  var error: HTTPError?
}

private func readResponses(_ pieces: [[UInt8]], isHead: Bool) -> Responses {
  var parser = HTTPResponseParser()
  parser.isHead = isHead
  var result = Responses()
  for piece in pieces {
    var offset = 0
    do throws(HTTPError) {
      while let event = try parser.next(in: piece.span.bytes, from: &offset) {
        switch event {
        case .head(let head):
          let fields = (0..<head.fields.count).map { "\(head.fields.name(at: $0)): \(head.fields.value(at: $0))" }
          result.heads.append("\(head.status.code) \(head.version) \(head.body) \(fields)")
          result.bodies.append([])
        case .body(let range):
          demand(!range.isEmpty && range.upperBound <= piece.count, "content \(range) of \(piece.count)")
          result.bodies[result.bodies.count - 1] += piece[range]
        case .end: result.heads.append("end")
        }
      }
    } catch {
      result.error = error
      return result
    }
    demand(offset == piece.count, "\(piece.count - offset) bytes are left")
  }
  result.mayEnd = parser.mayEnd
  return result
}
