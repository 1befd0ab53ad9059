import CPostgres

extension PostgresError {
  /// The error in a result of libpq.
  init(result: OpaquePointer?, step: Int?) {
    func field(_ code: Character) -> String? {
      guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return nil }
      return String(cString: text)
    }
    let sqlstate = field("C")
    let primary = field("M") ?? String(cString: PQresultErrorMessage(result)).trimmed
    self.init(sqlstate == nil ? .connection : .server, primary)
    self.sqlstate = sqlstate
    self.step = step
    severity = field("V")
    detail = field("D")
    constraint = field("n")
    isStalePlan = sqlstate == "26000" || (sqlstate == "0A000" && field("R") == "RevalidateCachedQuery")
    // Errors about data quote it: 'invalid input syntax for type integer: "..."'.
    if sqlstate?.hasPrefix("22") == true, let quote = message.firstIndex(of: "\"") {
      message = String(message[..<quote]) + "..."
    }
    // Our own statement_timeout ran out, or an operator cancelled the query: rolled back in both cases.
    if sqlstate == "57014" { kind = .timeout }
    outcomeUnknown = severity == "FATAL" || severity == "PANIC" || sqlstate == nil
    // A disk that fails by anything but ENOSPC or EIO, such as a quota, has no code of its own: there it is told by the
    // part of the server that has met it.
    let isInStorage = ["md.c", "fd.c", "slru.c", "xlog.c"].contains(field("F"))
    refusesWrites =
      !outcomeUnknown
      && sqlstate.map { ["25006", "53100"].contains($0) || $0.hasPrefix("58") || $0 == "XX000" && isInStorage } ?? false
  }

  /// The last error of a connection.
  init(_ kind: Kind, connection: OpaquePointer?) {
    let text = connection.map { String(cString: PQerrorMessage($0)).trimmed } ?? "out of memory"
    self.init(kind, text.isEmpty ? "the connection to the database was lost" : text)
  }
}

extension String {
  /// Without the line ends that libpq puts into and behind its messages.
  var trimmed: String {
    split(whereSeparator: \.isNewline).joined(separator: " ").split(separator: " ").joined(separator: " ")
  }
}
