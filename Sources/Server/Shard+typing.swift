import Conversation
import Reactor
import Store

/// Who is typing.
extension Shard {
  /// While somebody goes on typing the others are told again so often, before they take it to be over.
  private static let typingRenewal = LiveSession.typingMilliseconds / 3

  func note(_ isActive: Bool, _ reader: Reader, in session: LiveSession) {
    session.type(isActive, by: reader, now: loop.now)
    watchTyping(in: session)
    tellTyping()
  }

  /// Somebody types in these sessions on another server, or does no longer.
  func hinted(typing ids: [SessionID], isActive: Bool) {
    for id in ids {
      guard let session = sessions[id] else { continue }
      session.types(elsewhere: isActive, now: loop.now)
      watchTyping(in: session)
      perform(session)
    }
  }

  /// Looks once a second who has stopped without saying so.
  func endTyping() {
    for id in typing {
      guard let session = sessions[id] else { continue }
      session.endTyping(now: loop.now)
      perform(session)
    }
    typing.removeAll { sessions[$0]?.isTyping != true }
    tellTyping()
  }

  private func watchTyping(in session: LiveSession) {
    if session.isTyping, !typing.contains(session.id) { typing.append(session.id) }
  }

  /// Tells other servers what they were told otherwise: of all sessions at once, and never twice at a time.
  private func tellTyping() {
    guard node.presence.hasPeers, !isTellingTyping, !(typing.isEmpty && toldTyping.isEmpty) else { return }
    let ended = toldTyping.keys.filter { sessions[$0]?.isTypingHere != true }
    let begun = typing.filter { id in
      guard sessions[id]?.isTypingHere == true else { return false }
      return toldTyping[id].map { loop.now >= $0 + Self.typingRenewal } ?? true
    }
    guard !(begun.isEmpty && ended.isEmpty) else { return }
    for id in ended { toldTyping[id] = nil }
    for id in begun { toldTyping[id] = loop.now }
    isTellingTyping = true
    loop.task {
      // One that is lost ends by itself on the others.
      try? await store.announce(typing: ended, isActive: false)
      try? await store.announce(typing: begun, isActive: true)
      isTellingTyping = false
      // What has changed meanwhile.
      tellTyping()
    }
  }
}
