import Conversation
import Glibc
import Log
import Server
import Store

/// `skein export`
enum ExportCommand: Command {
  static let usage = """
    usage: skein export [--site KEY] [--session ID] [options] > FILE

    Writes the sessions of a site, or of all, with their messages, one line of JSON each (NDJSON). How far it is stands on
    standard error.
    """
  static var options: [Option<Settings>] {
    [
      .text("site", "KEY", "Only the sessions of this site (all)", \.transferSite),
      .text("session", "ID", "Only this session (all)", \.transferSession),
    ] + Settings.database + Settings.logging
  }

  static func run(_ settings: Settings, _ console: Console) async throws {
    var session: SessionID?
    if !settings.transferSession.isEmpty {
      guard let id = SessionID(settings.transferSession) else {
        throw UsageError(message: "--session takes 16 to 64 of A-Z a-z 0-9 _ -")
      }
      session = id
    }
    let site = settings.transferSite.isEmpty ? nil : settings.transferSite
    let only = session
    let tally = try await Server.exchange(
      try settings.resolved(), .exported, target: session.map { "session:\($0)" } ?? "sessions", site: site,
      log: settings.log
    ) { client in
      var progress = Progress("exported")
      let tally = try await Exporter(client).run(site: site, session: only) { record in
        try StandardFile.write(record.line)
        progress.note(record)
      }
      progress.end()
      return tally
    }
    settings.log.info("exported", ["sessions": tally.sessions, "messages": tally.messages])
  }
}

/// `skein import`
enum ImportCommand: Command {
  static let usage = """
    usage: skein import [options] < FILE

    Stores what was exported. Sessions that are there stay as they are, so that the same file may come again. A line that
    can't be read ends it, and is named; what is before it is stored.
    """
  static var options: [Option<Settings>] { Settings.database + Settings.logging }

  static func run(_ settings: Settings, _ console: Console) async throws {
    let tally = try await Server.exchange(try settings.resolved(), .imported, log: settings.log) { client in
      var importer = Importer(client)
      var lines = StandardFile.Lines()
      var progress = Progress("imported")
      while let line = try lines.next() {
        try await importer.take(line)
        progress.show(importer.tally.sessions + importer.tally.known, importer.tally.messages)
      }
      try await importer.finish()
      progress.show(importer.tally.sessions + importer.tally.known, importer.tally.messages)
      progress.end()
      return importer.tally
    }
    print("stored\t\(tally.sessions) sessions, \(tally.messages) messages\nthere\t\(tally.known) sessions")
  }
}

/// A line on standard error that says how far something is, where a person looks.
private struct Progress {
  private let verb: String
  private var sessions = 0
  private var messages = 0
  private var shownAt: Int = 0
  private let isShown = isatty(2) == 1

  init(_ verb: String) { self.verb = verb }

  mutating func note(_ record: TransferRecord) {
    switch record {
    case .session: sessions += 1
    case .message: messages += 1
    }
    show(sessions, messages)
  }

  mutating func show(_ sessions: Int, _ messages: Int) {
    (self.sessions, self.messages) = (sessions, messages)
    guard isShown, sessions + messages >= shownAt + 500 else { return }
    shownAt = sessions + messages
    print(line + "\r")
  }

  func end() { print(line + "\n") }

  private var line: String { "\(verb) \(sessions) sessions, \(messages) messages" }

  private func print(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}

/// Standard input and output, in pieces.
enum StandardFile {
  /// - Throws: where nobody takes it any more.
  static func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw UsageError(message: "standard output can't be written to") }
      rest = rest.dropFirst(count)
    }
  }

  /// The lines of standard input, without their line feeds.
  struct Lines {
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private var number = 0

    mutating func next() throws -> [UInt8]? {
      var searched = start
      while true {
        if let feed = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
          defer { start = feed + 1 }
          number += 1
          return Array(buffer[start..<feed])
        }
        if isAtEnd {
          guard start < buffer.count else { return nil }
          defer { start = buffer.count }
          return Array(buffer[start...])
        }
        buffer.removeFirst(start)
        (searched, start) = (buffer.count, 0)
        guard buffer.count <= TransferRecord.mostBytes else {
          throw TransferError(line: number + 1, "longer than \(TransferRecord.mostBytes) bytes")
        }
        try read()
      }
    }

    private mutating func read() throws {
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = Glibc.read(0, &piece, piece.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw UsageError(message: "standard input can't be read") }
        if count == 0 { isAtEnd = true }
        buffer += piece[..<count]
        return
      }
    }
  }
}
