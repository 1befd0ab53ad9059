import ProxyWire
import Testing

@testable import Databases

/// Which hosts are reached, and how they may be written.
@Suite struct HostRulesTests {
  @Test(arguments: [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "203.0.113.7", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1",
    "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "::127.0.0.1", "100::1",
  ])
  func whatIsNotPublicIsRefused(text: String) throws {
    #expect(!HostRules().allows(try #require(IPAddress(text))))
  }

  @Test(arguments: ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "2a00:1450:4001::1"])
  func whatIsPublicIsReached(text: String) throws {
    #expect(HostRules().allows(try #require(IPAddress(text))))
  }

  @Test func whatIsListedIsReached() throws {
    let rules = HostRules(allowed: try #require(AddressRange.list("10.1.0.0/16, ::1")))
    for (text, isAllowed) in [("10.1.2.3", true), ("::1", true), ("10.2.0.1", false), ("127.0.0.1", false)] {
      #expect(rules.allows(try #require(IPAddress(text))) == isAllowed)
    }
  }

  @Test(arguments: [
    "", "/var/run/postgresql", "@abstract", "a,b", "a b", "host:5432", "[::1]", "fe80::1%eth0", "-x", "2130706433",
    "0x7f000001", "127.1", "0177.0.0.1", "a'b", "a\\b", "a=b", "postgres://x", "é", "a\u{0}b", "127.0.0.1.",
    String(repeating: "a", count: 254), "1.2.3.4,5.6.7.8", "x/../y", "user@host", "1.0x1",
  ])
  func badHostsAreRefused(host: String) {
    #expect(throws: DatabaseError.self) {
      try DatabaseTarget(host: host, port: 5432, database: "d", user: "u")
    }
  }

  @Test(arguments: [
    "localhost", "db.example.com", "db-1_a.example.", "10.0.0.1", "::1", "xn--bcher-kva.example", "h2o",
  ])
  func hostsAreTaken(host: String) throws {
    _ = try DatabaseTarget(host: host, port: 5432, database: "d", user: "u")
  }

  /// Whatever is in a field stays in that field.
  @Test func fieldsAreFields() throws {
    let target = try DatabaseTarget(
      host: "db.example.com", port: 5433, database: "d' host='evil", user: "u\\' sslmode=disable", tls: .verifyFull)
    let text = target.connectionText(
      at: try #require(IPAddress("192.0.2.1")), password: "p' hostaddr='10.0.0.1", authorities: "/ca")
    #expect(text.contains(#"dbname='d\' host=\'evil'"#) && text.contains(#"user='u\\\' sslmode=disable'"#))
    #expect(text.contains(#"password='p\' hostaddr=\'10.0.0.1'"#) && text.contains("hostaddr='192.0.2.1'"))
    #expect(text.contains("sslmode='verify-full' sslrootcert='/ca'") && text.contains("passfile='/nonexistent"))
    #expect(throws: DatabaseError.self) { try DatabaseTarget(host: "h", port: 0, database: "d", user: "u") }
    #expect(throws: DatabaseError.self) { try DatabaseTarget(host: "h", port: 1, database: "", user: "u") }
    #expect(throws: DatabaseError.self) { try DatabaseTarget(host: "h", port: 1, database: "d", user: "u\n") }
  }
}
