import MySQL
import ProxyWire
import SQLJudge

/// How far a connection is guarded by TLS, by the names of libpq's `sslmode`.
package enum DatabaseTLS: String, Sendable, CaseIterable {
  /// Without.
  case disable
  /// Where the server has it; whose it is is not looked at.
  case prefer
  /// Always; whose it is is not looked at.
  case require
  /// Always, and the certificate has to be of a known authority and for the host's name.
  case verifyFull = "verify-full"
}

/// Where a user's database is, and as whom it is used: fields, never a URL, in which others might hide.
package struct DatabaseTarget: Sendable, Equatable {
  package let engine: DatabaseEngine
  package let host: String
  package let port: UInt16
  package let database: String
  package let user: String
  package let tls: DatabaseTLS

  /// - Throws: `badField` where one can't be what it is.
  package init(
    engine: DatabaseEngine = .postgresql, host: String, port: UInt16, database: String, user: String,
    tls: DatabaseTLS = .prefer
  ) throws(DatabaseError) {
    guard Self.isHost(host) else {
      throw DatabaseError(.badField, "host: a name or an address, without a port or a path")
    }
    guard port > 0 else { throw DatabaseError(.badField, "port: 1 to 65535") }
    for (name, text) in [("database_name", database), ("username", user)] {
      guard (1...63).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw DatabaseError(.badField, "\(name): 1 to 63 bytes without control characters")
      }
    }
    // There a name without a schema would be one of the server's own.
    guard !engine.isMySQL || !MySQLRelations.isSystems(database) else {
      throw DatabaseError(.badField, "database_name: not one of the server's own")
    }
    self.engine = engine
    self.host = host
    self.port = port
    self.database = database
    self.user = user
    self.tls = tls
  }

  /// A DNS name or an address: no list, no socket's folder, no brackets, no zone.
  private static func isHost(_ text: String) -> Bool {
    if IPAddress(text) != nil { return true }
    guard (1...253).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-") else { return false }
    let isName = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
      default: false
      }
    }
    // What ends with a number is an address to the resolver, in whichever of its forms: 127.1, 0x7f000001, 2130706433.
    let last = (text.split(separator: ".").last ?? "").utf8
    let isNumber = last.allSatisfy { (0x30...0x39).contains($0) } || last.starts(with: "0x".utf8)
    return isName && !isNumber
  }

  /// What libpq is told: every field that could come from the server's own surroundings is set.
  /// - Parameters:
  ///   - address: what the host was judged by; libpq resolves nothing.
  ///   - authorities: a file of certificates, for `verify-full`.
  func connectionText(at address: IPAddress, password: String, authorities: String) -> String {
    let nowhere = "/nonexistent/skein"
    let fields = [
      ("host", host), ("hostaddr", "\(address)"), ("port", "\(port)"), ("dbname", database), ("user", user),
      ("password", password), ("sslmode", tls.rawValue), ("sslrootcert", tls == .verifyFull ? authorities : nowhere),
      ("sslcert", nowhere), ("sslkey", nowhere), ("sslcrl", nowhere), ("passfile", nowhere), ("gssencmode", "disable"),
      ("target_session_attrs", "any"), ("application_name", "skein"), ("options", ""),
    ]
    return fields.map { "\($0)='\(Self.escaped($1))'" }.joined(separator: " ")
  }

  /// What MariaDB's library is told.
  func mysql(at address: IPAddress, password: String, authorities: String) -> MySQLTarget {
    let tls: MySQLTarget.TLS =
      switch tls {
      case .disable: .off
      case .prefer: .preferred
      case .require: .required
      case .verifyFull: .verified(authorities: authorities)
      }
    return MySQLTarget(
      address: address, host: host, port: port, user: user, password: password, database: database, tls: tls)
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
  }
}
