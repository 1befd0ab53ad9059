import Glibc
import MySQL
import ProxyWire
import Reactor
import SkeinTestKit
import Synchronization
import Testing

/// Servers that mean no good to those who connect to them.
@Suite(.serialized) struct HostileMySQLTests {
  private static let password = "what only the right server may know"

  private static func session(
    _ server: HostileMySQL, tls: MySQLTarget.TLS = .off, timeout: UInt64 = 60_000
  ) throws -> MySQLSession {
    signal(SIGPIPE, SIG_IGN)
    return try MySQLSession.make(
      MySQLTarget(
        address: try #require(IPAddress("127.0.0.1")), host: "localhost", port: server.port, user: "me",
        password: password, database: "d", tls: tls),
      timeout: timeout)
  }

  /// A server may ask a client for any file instead of giving a result.
  @Test func noFileIsSent() async throws {
    let server = try HostileMySQL { peer in
      peer.greet()
      _ = peer.packet()
      peer.send([0, 0, 0, 2, 0, 0, 0], number: 2)
      _ = peer.packet()
      peer.send([0xFB] + Array("/etc/passwd".utf8), number: 1)
      while peer.packet() != nil {}
    }
    let session = try Self.session(server)
    try await session.open()
    await #expect(throws: MySQLError.self) { try await session.query("SELECT 1") }
    await session.close()
    let received = await server.received()
    #expect(received.contains("SELECT 1") && !received.contains("root:"), "\(received)")
  }

  /// A server may say that it takes passwords as they are.
  @Test func noPasswordIsSentInTheClear() async throws {
    let server = try HostileMySQL { peer in
      peer.greet(plugin: "mysql_clear_password")
      _ = peer.packet()
      peer.send([0xFE] + Array("mysql_clear_password\0".utf8), number: 2)
      while peer.packet() != nil {}
    }
    let session = try Self.session(server)
    await #expect(throws: MySQLError.self) { try await session.open() }
    await session.close()
    #expect(await !server.received().contains(Self.password))
  }

  /// One that is to speak TLS, and says that it can't, is told nothing.
  @Test(arguments: [MySQLTarget.TLS.required, .verified(authorities: "/etc/ssl/certs/ca-certificates.crt")])
  func noNameIsToldWithoutTLS(tls: MySQLTarget.TLS) async throws {
    let server = try HostileMySQL { peer in
      peer.greet()
      while peer.packet() != nil {}
    }
    let session = try Self.session(server, tls: tls)
    let failure = await #expect(throws: MySQLError.self) { try await session.open() }
    #expect(failure?.message == "the server does not speak TLS")
    await session.close()
    #expect(await server.received().isEmpty)
  }

  @Test func silenceHasAnEnd() async throws {
    let server = try HostileMySQL { peer in while peer.packet() != nil {} }
    let session = try Self.session(server, timeout: 200)
    let failure = await #expect(throws: MySQLError.self) { try await session.open() }
    #expect(failure?.kind == .timeout)
    await session.close()
  }

  /// A byte now and then is not an answer.
  @Test func drippingHasAnEnd() async throws {
    let server = try HostileMySQL { peer in
      for byte in peer.greeting(plugin: "mysql_native_password", extra: 0) where peer.isThere {
        peer.send(raw: [byte])
        usleep(50_000)
      }
    }
    let session = try Self.session(server, timeout: 300)
    let failure = await #expect(throws: MySQLError.self) { try await session.open() }
    #expect(failure?.kind == .timeout)
    await session.close()
  }

  /// Within a handshake the library waits by itself: whoever has waited long enough cuts it off.
  @Test(arguments: [MySQLTarget.TLS.preferred, .required])
  func aHandshakeThatDoesNotEndIsCutOff(tls: MySQLTarget.TLS) async throws {
    let server = try HostileMySQL { peer in
      peer.greet(extra: 1 << 11)
      _ = peer.packet()
      peer.isReached.store(true, ordering: .releasing)
      while peer.byte() != nil {}
    }
    let session = try Self.session(server, tls: tls, timeout: 600_000)
    let opening = Task { try await session.open() }
    #expect(await comesTrue { server.isReached })
    session.cut()
    await #expect(throws: MySQLError.self) { try await opening.value }
    await session.close()
  }

  @Test func nonsenseIsRefused() async throws {
    for greeting: [UInt8] in [
      [255, 255, 255, 0, 10], Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [0, 0, 0, 0], [1, 0, 0, 0, 9],
      [5, 0, 0, 0, 10, 0, 0, 0, 0], [3, 0, 0, 0, 255, 21, 4],
    ] {
      for tls: MySQLTarget.TLS in [.off, .required] {
        let server = try HostileMySQL { peer in
          peer.send(raw: greeting)
          peer.end()
        }
        let session = try Self.session(server, tls: tls)
        await #expect(throws: MySQLError.self, "\(greeting)") { try await session.open() }
        await session.close()
      }
    }
  }
}

/// A server for one connection, on a thread of its own, that does what a test says.
final class HostileMySQL: Sendable {
  /// The connection, on the server's thread.
  final class Peer: Sendable {
    let socket: Int32
    let isReached = Atomic(false)
    let bytes = Mutex<[UInt8]>([])

    init(_ socket: Int32) { self.socket = socket }

    var isThere: Bool { Glibc.send(socket, "", 0, Int32(MSG_NOSIGNAL)) == 0 }

    func byte() -> UInt8? {
      var byte: UInt8 = 0
      guard recv(socket, &byte, 1, 0) == 1 else { return nil }
      bytes.withLock { $0.append(byte) }
      return byte
    }

    /// The content of what the client sends next; nil where it has gone.
    func packet() -> [UInt8]? {
      var header: [UInt8] = []
      for _ in 0..<4 {
        guard let byte = byte() else { return nil }
        header.append(byte)
      }
      let count = Int(header[0]) | Int(header[1]) << 8 | Int(header[2]) << 16
      var content: [UInt8] = []
      for _ in 0..<count {
        guard let byte = byte() else { return nil }
        content.append(byte)
      }
      return content
    }

    func send(raw bytes: [UInt8]) { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    func send(_ content: [UInt8], number: UInt8) {
      send(raw: [UInt8(content.count & 255), UInt8(content.count >> 8), 0, number] + content)
    }

    func end() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// - Parameter extra: abilities beside the usual ones.
    func greeting(plugin: String, extra: UInt32) -> [UInt8] {
      let abilities: UInt32 = 1 | 1 << 3 | 1 << 7 | 1 << 9 | 1 << 13 | 1 << 15 | 1 << 19 | extra
      var content: [UInt8] = [10] + Array("8.0.36\0".utf8) + [1, 0, 0, 0] + Array("abcdefgh".utf8) + [0]
      content += [UInt8(abilities & 255), UInt8(abilities >> 8 & 255), 45, 2, 0]
      content += [UInt8(abilities >> 16 & 255), UInt8(abilities >> 24), 21] + [UInt8](repeating: 0, count: 10)
      content += Array("abcdefghijkl\0".utf8) + Array("\(plugin)\0".utf8)
      return [UInt8(content.count), 0, 0, 0] + content
    }

    func greet(plugin: String = "mysql_native_password", extra: UInt32 = 0) {
      send(raw: greeting(plugin: plugin, extra: extra))
    }
  }

  /// Where the connection stands once it is there.
  private final class Place: Sendable {
    private let peer = Mutex<Peer?>(nil)
    var value: Peer? { peer.withLock { $0 } }
    func set(_ new: Peer) { peer.withLock { $0 = new } }
  }

  private actor Clerk {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    init(_ loop: EventLoop) { unownedExecutor = loop.asUnownedSerialExecutor() }

    func serve(_ listener: Int32, _ place: Place, _ script: @Sendable (Peer) -> Void) {
      let socket = accept(listener, nil, nil)
      let peer = Peer(socket)
      place.set(peer)
      script(peer)
      close(socket)
    }
  }

  let port: UInt16
  private let listener: Int32
  private let threads: LoopGroup
  private let peer = Place()
  private let serving: Task<Void, Never>

  init(_ script: @escaping @Sendable (Peer) -> Void) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 4) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    guard isBound else { throw SystemError("bind") }
    port = UInt16(bigEndian: address.sin_port)
    self.listener = listener
    threads = try LoopGroup(count: 1)
    let (clerk, peer) = (Clerk(threads.loops[0]), peer)
    serving = Task { await clerk.serve(listener, peer, script) }
  }

  deinit {
    close(listener)
    threads.stop()
  }

  var isReached: Bool { peer.value?.isReached.load(ordering: .acquiring) ?? false }

  /// What the client has sent until it went, as text.
  func received() async -> String {
    await serving.value
    return String(decoding: peer.value?.bytes.withLock { $0 } ?? [], as: UTF8.self)
  }
}
