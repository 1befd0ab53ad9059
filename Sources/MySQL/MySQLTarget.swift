package import ProxyWire

/// Where a server is, as whom it is entered, and how far the connection is guarded.
package struct MySQLTarget: Sendable {
  /// How far TLS guards a connection.
  package enum TLS: Sendable, Equatable {
    /// Without.
    case off
    /// Where the server has it; whose it is is not looked at.
    case preferred
    /// Always; whose it is is not looked at.
    case required
    /// Always, with a certificate for the host's name, of an authority in this file (PEM).
    case verified(authorities: String)
  }

  /// What is connected to; nothing is resolved here.
  package let address: IPAddress
  /// The name that a certificate has to be for.
  package let host: String
  package let port: UInt16
  package let user: String
  package let password: String
  package let database: String
  package let tls: TLS

  package init(
    address: IPAddress, host: String, port: UInt16, user: String, password: String, database: String, tls: TLS
  ) {
    self.address = address
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.database = database
    self.tls = tls
  }
}
