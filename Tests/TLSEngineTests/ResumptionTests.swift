import SkeinTestKit
import Synchronization
import TLSEngine
import Testing

@Suite struct ResumptionTests {
  /// A clock that is set by hand.
  final class Clock: Sendable {
    let seconds = Atomic<UInt64>(0)
  }

  private func resumption(_ server: TLSContext, _ client: TLSClientContext) throws -> TLSResumption {
    let pair = try Pair(server, client)
    pair.exchange()
    #expect(!pair.server.isResumed)
    return try #require(pair.client.resumption)
  }

  private func resumes(_ ticket: TLSResumption, _ server: TLSContext, _ client: TLSClientContext) throws -> Bool {
    let pair = try Pair(server, client, resuming: ticket)
    pair.exchange()
    #expect(!pair.server.isHandshaking && pair.server.isResumed == pair.client.isResumed)
    try pair.send([9], from: pair.client)
    pair.exchange()
    #expect(pair.atServer == [9])
    return pair.server.isResumed
  }

  @Test("a ticket resumes, also with the context of another certificate", arguments: [TLSVersion.tls12, .tls13])
  func reload(_ version: TLSVersion) throws {
    let folder = try TestFolder()
    let tickets = TLSTicketKeys()
    let (server, client) = try contexts(folder, maximum: version, tickets: tickets)
    #expect(try resumes(try resumption(server, client), server, client))
    let ticket = try resumption(server, client)
    let (renewed, _) = try contexts(folder, tickets: tickets)
    #expect(try resumes(ticket, renewed, client))
  }

  @Test("tickets of other keys lead to a whole handshake", arguments: [TLSVersion.tls12, .tls13])
  func strange(_ version: TLSVersion) throws {
    let folder = try TestFolder()
    let (server, client) = try contexts(folder, maximum: version)
    let ticket = try resumption(server, client)
    let configuration = TLSContext.Configuration(certificates: [
      TLSCertificateFiles(certificate: folder.path + "/server.pem", key: folder.path + "/server.key")
    ])
    #expect(try !resumes(ticket, try TLSContext(configuration, tickets: TLSTicketKeys()), client))
  }

  @Test("keys are rotated: old tickets are good for two more periods", arguments: [TLSVersion.tls12, .tls13])
  func rotation(_ version: TLSVersion) throws {
    let folder = try TestFolder()
    let clock = Clock()
    let tickets = TLSTicketKeys(period: 100) { clock.seconds.load(ordering: .relaxed) }
    let (server, client) = try contexts(folder, maximum: version, tickets: tickets)
    for (age, isGood) in [(UInt64(99), true), (100, true), (299, true), (300, false)] {
      let start = clock.seconds.load(ordering: .relaxed) + 1000
      clock.seconds.store(start, ordering: .relaxed)
      let ticket = try resumption(server, client)
      clock.seconds.store(start + age, ordering: .relaxed)
      #expect(try resumes(ticket, server, client) == isGood, "after \(age) s")
    }
  }
}
