import Conversation
import Reactor

/// Who is typing.
extension Shard {
  func note(_ isActive: Bool, _ reader: Reader, in session: LiveSession) {
    session.type(isActive, by: reader, now: loop.now)
    if session.isTyping, !typing.contains(session.id) { typing.append(session.id) }
  }

  /// Looks once a second who has stopped without saying so.
  func endTyping() {
    for id in typing {
      guard let session = sessions[id] else { continue }
      session.endTyping(now: loop.now)
      perform(session)
    }
    typing.removeAll { sessions[$0]?.isTyping != true }
  }
}
