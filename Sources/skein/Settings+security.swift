import Log
import ProxyWire
import Server
import TLSEngine
import Transport

/// TLS and proxies.
extension Settings {
  static var security: [Option<Settings>] {
    [
      .list(
        "tls-certificate", "FILES", "Certificates with their chains, PEM, separated by commas (none)", \.certificates),
      .list("tls-key", "FILES", "Their keys, PEM, in the same order (none)", \.keys),
      Option(flag: "tls-minimum", value: "VERSION", help: "The oldest TLS that is spoken: 1.2 or 1.3 (1.2)") {
        settings, text in TLSVersion(rawValue: text).map { settings.minimum = $0 } != nil
      },
      .number(
        "tls-handshake-seconds", "How long a TLS handshake may take, in seconds (10)",
        \.server.transport.handshakeSeconds, 1...3600),
      .number(
        "tls-handshakes-per-turn", "TLS handshakes that a loop goes on with before it hears all others (4)",
        \.server.transport.handshakesPerTurn, 1...10_000),
      Option(
        flag: "redirect-port", value: "N", help: "A port without TLS that sends to the one with it; 0: any (none)"
      ) { settings, text in
        settings.server.redirectPort = UInt16(text)
        return settings.server.redirectPort != nil
      },
      .number(
        "hsts-seconds", "For how long browsers keep to HTTPS, in seconds; 0: not told (0)",
        \.server.transport.hstsSeconds, 0...63_072_000),
      Option(
        flag: "trusted-proxies", value: "RANGES",
        help: "Addresses of proxies that tell whom they forward, such as 10.0.0.0/8,::1 (none)"
      ) { settings, text in
        AddressRange.list(text).map { settings.server.transport.trustedProxies = $0 } != nil
      },
      .onOff(
        "proxy-protocol", "Whether trusted proxies begin with a PROXY header (no)",
        \.server.transport.expectsProxyHeader),
    ]
  }

  /// The host as it stands in a URL.
  var host: String { server.host.contains(":") ? "[\(server.host)]" : server.host }

  /// What is said of a port that only redirects.
  func redirection(from port: UInt16?) -> String {
    port.map { "\nRedirecting to it from http://\(host):\($0)/" } ?? ""
  }

  /// The certificates with their keys.
  func certificateFiles() throws(UsageError) -> [TLSCertificateFiles] {
    guard certificates.count == keys.count else {
      throw UsageError(message: "--tls-certificate and --tls-key must name as many files")
    }
    return zip(certificates, keys).map { TLSCertificateFiles(certificate: $0, key: $1) }
  }

  /// What is wrong with the settings themselves, before a file is read.
  func checkSecurity() throws(UsageError) {
    let transport = server.transport
    guard !transport.expectsProxyHeader || !transport.trustedProxies.isEmpty else {
      throw UsageError(message: "--proxy-protocol needs --trusted-proxies")
    }
    guard try certificateFiles().isEmpty, server.redirectPort != nil || transport.hstsSeconds > 0 else { return }
    throw UsageError(message: "--redirect-port and --hsts-seconds need --tls-certificate")
  }

  /// The server's settings with the certificates read.
  func secured(_ server: ServerSettings) throws(UsageError) -> ServerSettings {
    try checkSecurity()
    var server = server
    var configuration = TLSContext.Configuration(certificates: try certificateFiles())
    configuration.minimum = minimum
    if configuration.certificates.isEmpty { return server }
    do {
      server.transport.tls = try TLSContextStore(configuration)
    } catch {
      throw UsageError(message: error.message)
    }
    return server
  }
}

extension TLSContextStore {
  /// Reads the certificates again, and tells of it.
  func reload(_ log: Logger) {
    do {
      try reload()
      log.info("the certificates were read again; new connections get them")
    } catch {
      log.error("the certificates were not changed", ["error": error])
    }
  }
}
