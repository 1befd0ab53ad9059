import ChaosKit
import JSONWire
import SkeinTestKit

/// What a client is told.
extension Peer {
  func received(_ payload: UnsafeRawBufferPointer, _ link: ClientLink) {
    guard link === self.link else { return }
    crowd.counts.frames += 1
    trace.note(now, "<", payload)
    if payload.count > 256 * 1024 { differs("a frame of \(payload.count) bytes") }
    let frame: JSONValue
    do {
      frame = try JSONValue(parsing: payload.bytes)
    } catch {
      return contradicted("a frame that is no JSON: \(error)")
    }
    do {
      try witness.evidence.note(frame)
      if isCut(by: frame) { return comeAgain() }
      try transcript.apply(frame)
    } catch {
      return contradicted("\(error)", "\(frame)")
    }
    switch frame["type"]?.string {
    case "welcome": welcomed(frame)
    case "message.accepted": accepted(frame)
    case "session.updated": if frame["ref"]?.string == "update" { witness.updatesDone += 1 }
    case "history.page":
      isLoading = false
      crowd.counts.pages += 1
    case "error": refused(frame)
    default: break
    }
  }

  /// Whether an answer ends with less than this client has of it, which may be where text is shown before its commit.
  private func isCut(by frame: JSONValue) -> Bool {
    guard crowd.toleratesLoss, frame["type"] == "message.completed", let id = frame["message"]?.string,
      let length = frame["length"]?.int, let known = transcript[id]
    else { return false }
    return known.content.count > length
  }

  /// It is given a fresh page where its position is past the end.
  private func comeAgain() {
    crowd.counts.cutAnswers += 1
    leave(after: backoff())
  }

  /// What this client knows can't be told from what is wrong any more: it begins anew.
  private func contradicted(_ what: String, _ frame: String = "") {
    differs(what, frame)
    transcript = Transcript(toleratesLoss: crowd.toleratesLoss)
    leave(after: 100)
  }

  private func welcomed(_ frame: JSONValue) {
    stage = .bound
    failures = 0
    forgets = false
    if frame["resumed"]?.bool == true { crowd.counts.resumed += 1 } else { crowd.counts.fresh += 1 }
    for place in outbox.indices { transmit(place) }
  }

  private func accepted(_ frame: JSONValue) {
    guard let id = frame["id"]?.string, let version = frame["version"]?.int,
      witness.asked[id] != nil || witness.retried[id] != nil
    else {
      return differs("an acceptance of nothing that was sent: \(frame)")
    }
    if frame["duplicate"]?.bool == true { crowd.counts.duplicates += 1 }
    if let before = witness.acknowledged[id] {
      if before != version { differs("\(id) was accepted as version \(before), and again as \(version)") }
    } else {
      crowd.counts.acknowledged += 1
      witness.acknowledged[id] = version
    }
    outbox.removeAll { $0.id == id }
  }

  private func refused(_ frame: JSONValue) {
    let (code, ref) = (frame["code"]?.string ?? "", frame["ref"]?.string ?? "")
    crowd.counts.errors[code, default: 0] += 1
    let place = outbox.firstIndex { $0.id == ref }
    switch code {
    case "unavailable":
      let wait = UInt64(frame["retry_after_ms"]?.int ?? 1000)
      let due = now + UInt64.random(in: wait...wait * 2, using: &random)
      if ref == "hello" { helloDue = due }
      if let place { outbox[place].due = due }
      isLoading = false
    case "busy" where place != nil:
      guard let place else { return }
      let given = outbox.remove(at: place)
      crowd.counts.refused += 1
      if given.attempts == 1 { witness.refused.insert(ref) }
    case "busy" where witness.acknowledged[ref] == nil && (witness.asked[ref] != nil || witness.retried[ref] != nil):
      break
    // Another answer has become the last one since.
    case "bad_field" where witness.acknowledged[ref] == nil && witness.retried[ref] != nil:
      guard let place else { return }
      let given = outbox.remove(at: place)
      if given.attempts == 1 { witness.refused.insert(ref) }
    case "not_found" where ref == "stop": break
    // Said by a node that was paused while we waited for its welcome.
    case "bad_frame" where frame["message"]?.string?.contains("hello") == true && isComing: break
    default: differs("an error that nothing explains: \(frame)")
    }
  }

  private var isComing: Bool { if case .coming = stage { true } else { false } }
}
