import Glibc
import Sealing
import SeededRandom
import Testing

/// What is sealed opens with its key, for its row, unchanged; and in no other case.
@Suite struct SealerTests {
  static let first = "v1:" + String(repeating: "A", count: 43) + "="
  static let second = "v2:" + String(repeating: "B", count: 42) + "A="

  private static func sealer(_ text: String) throws -> Sealer { Sealer(try SealingKeys(text)) }

  @Test(arguments: [0, 1, 15, 16, 17, 32, 1000, 70_000])
  func whatIsSealedOpens(count: Int) throws {
    var random = SeededGenerator("sealer")
    let plain = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let sealer = try Self.sealer(Self.first)
    let sealed = try sealer.seal(plain, for: "table.column:7")
    #expect(sealed.count == count + Sealer.overhead)
    #expect(try sealer.open(sealed, for: "table.column:7") == plain)
    // The same again is another text.
    #expect(try sealer.seal(plain, for: "table.column:7") != sealed)
  }

  @Test func anotherRowOrKeyOpensNothing() throws {
    let (sealer, other) = (
      try Self.sealer(Self.first), try Self.sealer("v1:" + String(repeating: "C", count: 42) + "A=")
    )
    let sealed = try sealer.seal(Array("secret".utf8), for: "table.column:7")
    for row in ["table.column:8", "table.column:", "table.other:7", ""] {
      #expect(throws: SealingError.damaged) { try sealer.open(sealed, for: row) }
    }
    #expect(throws: SealingError.damaged) { try other.open(sealed, for: "table.column:7") }
  }

  @Test func everyChangedByteIsNoticed() throws {
    let sealer = try Self.sealer(Self.first)
    let sealed = try sealer.seal(Array("secret".utf8), for: "row")
    for place in sealed.indices {
      for bit in 0..<8 {
        var changed = sealed
        changed[place] ^= 1 << bit
        #expect(throws: SealingError.self) { try sealer.open(changed, for: "row") }
      }
      #expect(throws: SealingError.damaged) { try sealer.open(Array(sealed[..<place]), for: "row") }
      #expect(throws: SealingError.self) { try sealer.open(Array(sealed[place...].dropFirst()), for: "row") }
    }
    #expect(throws: SealingError.damaged) { try sealer.open(sealed + [0], for: "row") }
  }

  @Test func theHighestVersionSealsAndAllOpen() throws {
    let old = try Self.sealer(Self.first)
    let both = try Self.sealer("\(Self.first),\(Self.second)")
    let sealedBefore = try old.seal([1, 2, 3], for: "row")
    #expect(both.version == 2)
    #expect(try both.open(sealedBefore, for: "row") == [1, 2, 3])
    let sealedAfter = try both.seal([4], for: "row")
    #expect(Sealer.version(of: sealedBefore) == 1 && Sealer.version(of: sealedAfter) == 2)
    #expect(throws: SealingError.unknownVersion(2)) { try old.open(sealedAfter, for: "row") }
    #expect(try Self.sealer(Self.second).open(sealedAfter, for: "row") == [4])
  }

  @Test(arguments: [
    "", "v1:", "short", "v0:" + String(repeating: "A", count: 43), "w1:" + String(repeating: "A", count: 43),
    "v99999999999:" + String(repeating: "A", count: 43), first + "," + first, first + ",",
    "v1:" + String(repeating: "A", count: 42) + "!=", "v1:" + String(repeating: "A", count: 87) + "=",
  ])
  func badKeysAreRefused(text: String) {
    #expect(throws: SealingError.self) { try SealingKeys(text) }
  }

  @Test func nothingIsShown() throws {
    let sealer = try Self.sealer(Self.first)
    #expect("\(sealer)" == "sealer under version 1")
    #expect(!String(reflecting: sealer).contains("AAAA"))
  }
}

/// The file of a server's own key.
@Suite struct SealingKeyFileTests {
  private static func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/skein-sealing-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    let folder = String(cString: made)
    defer {
      for name in ["key", "other"] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    try body(folder)
  }

  @Test func itIsMadeOnceForItsUserAlone() throws {
    try Self.withFolder { folder in
      let path = "\(folder)/key"
      let sealed = try Sealer(SealingKeyFile(path)).seal([1], for: "row")
      #expect(try Sealer(SealingKeyFile(path)).open(sealed, for: "row") == [1])
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
      // No copy of it is left beside it: the folder can be removed with it.
      chmod(path, 0o640)
      #expect(throws: SealingError.self) { try Sealer(SealingKeyFile(path)) }
      unlink(path)
      #expect(rmdir(folder) == 0)
    }
  }

  @Test func aSealerInUseFollowsItsFile() throws {
    try Self.withFolder { folder in
      let file = SealingKeyFile("\(folder)/key")
      let (running, command) = (try Sealer(file), try Sealer(file))
      let old = try running.seal([1], for: "row")
      #expect(try command.advance() == 2)
      let new = try command.seal([2], for: "row")
      #expect(try running.open(new, for: "row") == [2])
      #expect(running.version == 2)
      #expect(try running.open(old, for: "row") == [1])
      // The version before the last is forgotten.
      #expect(try command.advance() == 3)
      #expect(throws: SealingError.unknownVersion(1)) { try command.open(old, for: "row") }
      #expect(try command.open(new, for: "row") == [2])
    }
  }
}
