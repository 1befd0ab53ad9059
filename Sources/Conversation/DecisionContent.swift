import JSONWire

extension ClientFrame {
  /// The content of a request that decides what becomes of a call: `{"decision": "approve"}` or `"reject"`.
  /// - Parameters:
  ///   - message: the answer, as the path has it.
  ///   - tool: the call's id.
  /// - Throws: what the answering problem says.
  package static func decision(
    decoding bytes: RawSpan, message: String, tool: String
  ) throws(ProtocolError) -> (Decide, ref: String?) {
    do throws(JSONError) {
      _ = try JSONReader(validating: bytes)
    } catch {
      throw ProtocolError(.badFrame, error.description)
    }
    let fields = try FrameFields(bytes)
    let ref = try fields.string(.ref, atMost: 64, storable: false)
    guard let id = MessageID(Array(message.utf8)) else { throw .badField("message: a lower-case UUID") }
    let verdict: ToolVerdict
    switch try fields.string(.decision) {
    case "approve": verdict = .approved
    case "reject": verdict = .rejected
    default: throw .badField("decision: approve or reject")
    }
    return (Decide(id: try fields.messageID(.id), message: id, tool: tool, verdict: verdict), ref)
  }
}
