/// A frame as an event of a `text/event-stream` (WHATWG HTML section 9.2).
package enum ServerSentEvent {
  /// Appends the event: its type is the frame's, its data the frame, in one line.
  /// - Parameter position: where the client stands behind it, as the event's id. Where that is no position the id is
  ///   empty, by which an `EventSource` forgets the one before.
  package static func append(_ frame: [UInt8], position: Position?, to output: inout [UInt8]) {
    output.append(contentsOf: "event: ".utf8)
    output.append(contentsOf: ServerFrame.type(of: frame))
    output.append(contentsOf: "\ndata: ".utf8)
    let start = output.count
    output.append(contentsOf: frame)
    // Line ends stand only between values, in JSON as a client has sent it: a space means the same there.
    for index in start..<output.count where output[index] == 0x0A || output[index] == 0x0D { output[index] = 0x20 }
    output.append(contentsOf: "\nid: ".utf8)
    if let position { output.append(contentsOf: position.text.utf8) }
    output.append(contentsOf: "\n\n".utf8)
  }
}
