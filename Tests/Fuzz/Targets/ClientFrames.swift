import Conversation
import JSONWire

/// Any text as a frame of a client: what is decoded is within the protocol's bounds and means the same without its white
/// space; what is refused is told in a few words.
func checkClientFrames(_ input: inout FuzzInput) {
  let plan = input.plan()
  var limits = Limits()
  if plan.hasNarrowLimits { limits.messageBytes = 8 }
  // Valid UTF-8, as a text message is.
  let bytes = Array(String(decoding: input.remainder(), as: UTF8.self).utf8)
  let frame: ClientFrame
  do throws(ProtocolError) {
    frame = try ClientFrame(decoding: bytes.span.bytes, limits: limits)
  } catch {
    demand([.badFrame, .unknownType, .badField, .tooLarge].contains(error.code), "\(error)")
    demand(error.message.utf8.count <= 400, "\(error.message.utf8.count) bytes of error")
    demand(error.ref?.utf8.count ?? 0 <= 64, "a ref of \(error.ref?.utf8.count ?? 0) bytes")
    return
  }
  demand(frame.ref?.utf8.count ?? 0 <= 64, "a ref of \(frame.ref?.utf8.count ?? 0) bytes")
  check(frame.body, limits)
  guard let canonical = try? JSONValue(parsing: bytes).bytes,
    let again = try? ClientFrame(decoding: canonical.span.bytes, limits: limits)
  else { fatalError("\(frame) is refused when written anew") }
  demand(withoutSpace(again) == withoutSpace(frame), "\(frame) written anew is \(again)")
}

private func check(_ body: ClientFrame.Body, _ limits: Limits) {
  switch body {
  case .hello(let hello), .newSession(let hello): check(hello)
  case .send(let send):
    demand(1...limits.messageBytes ~= send.content.count, "content of \(send.content.count) bytes")
    demand(isStorable(send.content), "content that can't be stored")
    demand(send.metadata.count <= 4096, "metadata of \(send.metadata.count) bytes")
    if !send.metadata.isEmpty {
      demand((try? JSONValue(parsing: send.metadata))?.object != nil, "metadata that is no object")
      demand(isStorable(json: send.metadata), "metadata that can't be stored")
    }
    demand(MessageID(send.id.description) == send.id, "the id \(send.id)")
  case .stop: break
  case .retry(let retry): demand(MessageID(retry.id.description) == retry.id, "the id \(retry.id)")
  case .loadHistory(let load):
    demand(1...200 ~= load.limit && load.before.createdVersion > 0, "\(load)")
    demand(HistoryCursor(load.before.text) == load.before, "the cursor \(load.before)")
  case .updateSession(let update):
    if case .set(let title) = update.title {
      demand(title.unicodeScalars.count <= 200 && isStorable(Array(title.utf8)), "the title \(title)")
    }
    if case .set(let text) = update.description {
      demand(text.unicodeScalars.count <= 2000 && isStorable(Array(text.utf8)), "the description \(text)")
    }
    for context in [update.context, update.metadata].compactMap(\.self) {
      demand(context.bytes.count <= SessionContext.maximumBytes, "a context of \(context.bytes.count) bytes")
      demand(isStorable(json: context.bytes), "a context that can't be stored")
      demand(SessionContext().merging(context) != nil, "a context that can't be merged")
      let null = context.merging(context)?.object.members.contains { $0.value.isNull }
      demand(null == false, "a null in a context that was merged")
    }
  case .rate(let rate):
    demand(MessageID(rate.message.description) == rate.message, "the id \(rate.message)")
    let comment = rate.comment ?? ""
    demand(comment.unicodeScalars.count <= 2000 && isStorable(Array(comment.utf8)), "the comment \(comment)")
  case .decide(let decide):
    demand(MessageID(decide.message.description) == decide.message, "the id \(decide.message)")
    demand(1...256 ~= decide.tool.utf8.count && isStorable(Array(decide.tool.utf8)), "the call \(decide.tool)")
    demand(decide.verdict != .expired, "a decision that nobody made")
  case .typing: break
  case .ping(let nonce): demand(nonce?.utf8.count ?? 0 <= 256, "a nonce of \(nonce?.utf8.count ?? 0) bytes")
  }
}

private func check(_ hello: ClientFrame.Hello) {
  demand(0...200 ~= hello.history, "a history of \(hello.history)")
  demand(hello.token?.utf8.count ?? 0 <= 8192 && hello.agent?.utf8.count ?? 0 <= 64, "\(hello)")
  demand(hello.session.map { SessionID($0.text) == $0 } ?? true, "\(hello)")
  if let position = hello.position {
    let bounds = 0...(1 << 53 - 1)
    demand(bounds ~= Int(position.version) && bounds ~= position.streaming?.offset ?? 0, "\(position)")
  }
  let visitor = hello.visitor
  for text in [visitor.name, visitor.email, visitor.locale, visitor.page, visitor.referrer] {
    demand(text?.unicodeScalars.count ?? 0 <= 2000 && isStorable(Array((text ?? "").utf8)), "\(visitor)")
  }
}

private func isStorable(_ utf8: [UInt8]) -> Bool {
  !utf8.contains(0) && String(validating: utf8, as: UTF8.self) != nil
}

/// Whether PostgreSQL takes it as jsonb.
private func isStorable(json: [UInt8]) -> Bool {
  var reader = JSONReader(json.span.bytes)
  return (try? reader.skipValue()) != nil && !reader.heldNUL && !reader.heldExtremeNumber
}

/// The frame with its metadata, which is carried as it came, written anew.
private func withoutSpace(_ frame: ClientFrame) -> ClientFrame {
  guard case .send(var send) = frame.body, let metadata = try? JSONValue(parsing: send.metadata) else { return frame }
  send.metadata = metadata.bytes
  return ClientFrame(ref: frame.ref, body: .send(send))
}
