import SkeinTestKit
import Testing
import WebSocketWire

/// A server that runs out of descriptors goes on for those it has, and takes the others once there is room.
@Suite struct DescriptorTests {
  @Test func runningOutIsSurvived() async throws {
    let program = try Program(["echo", "--port", "0", "--loops", "1"], by: ["/usr/bin/prlimit", "--nofile=48"])
    let port = try await program.port()

    var waiting: [TestSocket] = []
    for _ in 0..<80 {
      let socket = try await TestSocket.connect(to: port)
      var bytes: [UInt8] = []
      WebSocketClientHandshake().appendRequest(host: "t", target: "/", to: &bytes)
      await socket.send(bytes)
      waiting.append(socket)
    }
    try await program.log(until: "Too many open files")

    // What was taken serves as before; the others come in as places are given back.
    while !waiting.isEmpty {
      let open = try await take(&waiting)
      #expect(open.count < 48)
      for socket in open {
        var bytes: [UInt8] = []
        WebSocketEncoder.append(.text, Array("here".utf8).span.bytes, maskKey: 9, to: &bytes)
        await socket.send(bytes)
        #expect(try await socket.receive().suffix(4) == Array("here".utf8))
      }
      for socket in open { await socket.close() }
    }
  }

  /// Takes those out that have been answered; waits until there is one.
  private func take(_ waiting: inout [TestSocket]) async throws -> [TestSocket] {
    var answered: [TestSocket] = []
    _ = await comesTrue {
      var left: [TestSocket] = []
      for socket in waiting {
        if await socket.hasReceived { answered.append(socket) } else { left.append(socket) }
      }
      waiting = left
      return !answered.isEmpty
    }
    for socket in answered { #expect(try await socket.receive().starts(with: Array("HTTP/1.1 101".utf8))) }
    try #require(!answered.isEmpty)
    return answered
  }
}
