/// A conversation as a text for people, in Markdown.
package enum TranscriptMarkdown {
  /// What stands above the messages.
  /// - Parameter startedAt: in microseconds since 1970.
  package static func head(title: String?, agent: String, startedAt: Int64) -> String {
    "# \(heading(title ?? "Conversation"))\n\nWith \(heading(agent)), since \(day(startedAt)).\n"
  }

  /// A message, as it was said: an answer's own Markdown stays what it is.
  package static func part(_ message: Message, agent: String) -> String {
    let name =
      switch message.role {
      case .user: "You"
      case .assistant: heading(agent)
      case .operator: "Operator"
      case .system: "System"
      }
    var text = "\n**\(name)**, \(day(message.createdAt * 1000))"
    switch message.status {
    case .complete, .streaming: break
    case .stopped, .failed, .interrupted: text += " (\(message.status.rawValue))"
    }
    if message.replacedBy != nil { text += " (made again below)" }
    return text + "\n\n\(String(decoding: message.content, as: UTF8.self))\n"
  }

  /// One line without marks that would begin something else.
  private static func heading(_ text: String) -> String {
    var plain = ""
    for character in text {
      if character.isNewline {
        plain += " "
      } else if "\\`*_[]<>#".contains(character) {
        plain += "\\\(character)"
      } else {
        plain.append(character)
      }
    }
    return plain
  }

  private static func day(_ microseconds: Int64) -> String {
    let text = MicroTime.text(microseconds)
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
  }
}
