import CMariaDB
import Glibc
import ProxyWire
import Reactor

/// A connection to a MySQL, MariaDB or TiDB server by MariaDB's client library, without blocking: one statement at a time,
/// as text, and never several in one.
///
/// Each has a thread of its own. The library waits by itself in one place, TLS handshakes, for as long as it pleases the
/// server: that must hold up nobody else. `close` has to be called in the end, and nothing after it.
package actor MySQLSession {
  package nonisolated let unownedExecutor: UnownedSerialExecutor
  private let loop: EventLoop
  private let target: MySQLTarget
  /// For each request, in milliseconds.
  private let timeout: UInt64
  private nonisolated let guardian = SocketGuard()
  private let handle: UnsafeMutablePointer<MYSQL>
  private var isClosed = false
  /// Whether a result was not read to its end, or the connection is lost: nothing more can be asked.
  package private(set) var isSpent = false

  /// The largest row that is taken, in bytes.
  private static let largestPacket: UInt = 16 << 20
  /// TLS needs more than the library would set aside.
  private static let stackBytes = 512 << 10
  private static let isReady = mysql_server_init(0, nil, nil) == 0

  private init(_ target: MySQLTarget, timeout: UInt64) throws(MySQLError) {
    guard Self.isReady, let loop = try? EventLoop(), let handle = mysql_init(nil) else {
      throw MySQLError(.connection, "there is no memory for a connection")
    }
    self.target = target
    self.timeout = timeout
    self.loop = loop
    self.handle = handle
    unownedExecutor = loop.asUnownedSerialExecutor()
    loop.start()
  }

  // MARK: Connecting

  /// Makes a connection that is still to be opened, so that another may cut it off meanwhile.
  /// - Parameter timeout: for connecting, and for each request, in milliseconds.
  package static func make(_ target: MySQLTarget, timeout: UInt64) throws(MySQLError) -> MySQLSession {
    try MySQLSession(target, timeout: timeout)
  }

  /// Connects. Whatever comes of it, `close` has to be called.
  package func open() async throws(MySQLError) {
    guard mariadb_prepare(handle, Self.stackBytes, Self.largestPacket) == 0 else { throw failure() }
    switch target.tls {
    case .off: break
    case .preferred: mariadb_prefer_tls(handle)
    case .required, .verified:
      // The library looks for the address in the certificate, not for the name, and sends a password in the clear where
      // TLS is not offered: the certificate is judged first, and then is the only one that it takes.
      let certificate = try ServerCertificate(target, milliseconds: timeout, guardian: guardian)
      mariadb_pin_certificate(handle, certificate.fingerprint)
    }
    let fields: [String] = [target.address.description, target.user, target.password, target.database]
    let texts = fields.map { field in strdup(field) }
    defer { for text in texts { free(text) } }
    let (port, deadline) = (UInt32(target.port), EventLoop.monotonicMilliseconds() + timeout)
    var result: UnsafeMutablePointer<MYSQL>?
    let status = mysql_real_connect_start(&result, handle, texts[0], texts[1], texts[2], texts[3], port, nil, 0)
    try await finish(status, deadline) { mysql_real_connect_cont(&result, handle, $0) }
    guard result != nil else { throw failure() }
  }

  /// The server's version as it says it.
  package var version: String { mysql_get_server_info(handle).map { String(cString: $0) } ?? "" }

  /// Closes the connection; nothing can be asked any more.
  package func close() {
    guard !isClosed else { return }
    isClosed = true
    if isSpent { guardian.cut() }
    guardian.release()
    mysql_close(handle)
    // Nobody waits for the thread.
    pthread_detach(pthread_self())
    loop.stop()
  }

  /// Cuts the connection off: whatever is under way fails. From any thread.
  package nonisolated func cut() { guardian.cut() }

  /// The number of the connection at its server, for `KILL`.
  package var number: UInt { mysql_thread_id(handle) }

  // MARK: Asking

  /// Runs one statement. A result that is larger than its limits is not read to its end; the connection is spent then.
  @discardableResult
  package func query(_ sql: String, _ limits: MySQLRows.Limits = .own) async throws(MySQLError) -> MySQLRows {
    let deadline = EventLoop.monotonicMilliseconds() + timeout
    try usable()
    let text = strdup(sql)
    defer { free(text) }
    var code: Int32 = 0
    let status = mysql_real_query_start(&code, handle, text, UInt(sql.utf8.count))
    try await finish(status, deadline) { mysql_real_query_cont(&code, handle, $0) }
    guard code == 0 else { throw failure() }
    guard let result = mysql_use_result(handle) else {
      guard mysql_errno(handle) == 0 else { throw failure() }
      return MySQLRows()
    }
    let rows: Result<MySQLRows, MySQLError>
    do throws(MySQLError) { rows = .success(try await read(result, limits, deadline)) } catch { rows = .failure(error) }
    // What was not read is read here, unless nothing comes any more.
    if isSpent { guardian.cut() }
    try? await finish(mysql_free_result_start(result), deadline) { mysql_free_result_cont(result, $0) }
    return try rows.get()
  }

  /// Forgets what statements have left behind: transactions, variables, temporary tables.
  package func reset() async throws(MySQLError) {
    try usable()
    var code: Int32 = 0
    let status = mysql_reset_connection_start(&code, handle)
    try await finish(status, EventLoop.monotonicMilliseconds() + timeout) {
      mysql_reset_connection_cont(&code, handle, $0)
    }
    guard code == 0 else { throw failure() }
  }

  private func usable() throws(MySQLError) {
    guard !isClosed, !isSpent else { throw MySQLError(.connection, "the connection is closed") }
  }

  // MARK: Rows

  private func read(
    _ result: UnsafeMutablePointer<MYSQL_RES>, _ limits: MySQLRows.Limits, _ deadline: UInt64
  ) async throws(MySQLError) -> MySQLRows {
    let count = Int(mysql_num_fields(result))
    let fields = UnsafeBufferPointer(start: mysql_fetch_fields(result), count: count)
    var rows = MySQLRows()
    guard count <= limits.columns else {
      rows.excessColumns = count
      isSpent = true
      return rows
    }
    rows.columns = fields.map {
      MySQLRows.Column(
        name: $0.name.map { String(cString: $0) } ?? "", isNumber: MySQLColumnKind.isNumber($0.type.rawValue))
    }
    var bytes = 0
    while true {
      var row: MYSQL_ROW?
      let status = mysql_fetch_row_start(&row, result)
      try await finish(status, deadline) { mysql_fetch_row_cont(&row, result, $0) }
      guard let row, let lengths = mysql_fetch_lengths(result) else {
        guard mysql_errno(handle) == 0 else { throw failure() }
        return rows
      }
      if rows.isTruncated, rows.rows.count >= limits.rows {
        // More than the one that tells of more.
        isSpent = true
        return rows
      }
      if rows.rows.count >= limits.rows {
        rows.isTruncated = true
        continue
      }
      bytes += (0..<count).reduce(0) { $0 + min(Int(lengths[$1]), limits.characters * 4) }
      guard rows.rows.isEmpty || bytes <= limits.bytes else {
        rows.isTruncated = true
        isSpent = true
        return rows
      }
      var isCut = false
      rows.rows.append(
        (0..<count).map { column in
          row[column].map {
            MySQLColumnKind.text(
              UnsafeRawBufferPointer(start: $0, count: Int(lengths[column])), kind: fields[column].type.rawValue,
              characterSet: fields[column].charsetnr, most: limits.characters, isCut: &isCut)
          }
        })
      if isCut { rows.isTruncated = true }
    }
  }

  // MARK: Waiting

  /// Sees something of the library to its end.
  /// - Parameters:
  ///   - status: what it has begun with: what it waits for; 0: it has ended.
  ///   - next: goes on, told what has come.
  private func finish(
    _ status: Int32, _ deadline: UInt64, _ next: (Int32) -> Int32
  ) async throws(MySQLError) {
    var status = status
    var isLate = false
    let wait = SocketWait()
    if status != 0 { guardian.hold(mysql_get_socket(handle)) }
    while status != 0 {
      let socket = mysql_get_socket(handle)
      let interest = Readiness(
        forReading: status & MYSQL_WAIT_READ != 0, forWriting: status & MYSQL_WAIT_WRITE != 0)
      if !isLate, await wait.wait(for: socket, interest, until: deadline, on: loop) == nil {
        isLate = true
        isSpent = true
        // The library's own way to the end, now that nothing more comes.
        guardian.cut()
      }
      status = next(status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE | MYSQL_WAIT_EXCEPT))
    }
    if isLate { throw MySQLError(.timeout, "the database did not answer within \(timeout) ms") }
  }

  private func failure() -> MySQLError {
    let code = mysql_errno(handle)
    let text = mysql_error(handle).map { String(cString: $0) } ?? ""
    // From 2000 to 2999, and from 5000 on, are the library's own.
    let isOwn = code == 0 || (2000..<3000).contains(code) || code >= 5000
    if isOwn { isSpent = true }
    return MySQLError(isOwn ? .connection : .server, text.isEmpty ? "the connection was lost" : text, code: code)
  }
}
