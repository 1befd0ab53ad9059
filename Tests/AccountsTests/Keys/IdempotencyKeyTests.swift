import Testing

@testable import Accounts

/// A sender's own name for a request.
@Suite struct IdempotencyKeyTests {
  private static let caller = [UInt8](repeating: 7, count: 32)

  private static func key(
    _ name: String, _ caller: [UInt8] = caller, _ target: String = "POST /v1/keys"
  ) -> IdempotencyKey? {
    IdempotencyKey(name, caller: caller, target: target)
  }

  @Test(arguments: ["", " ", "a b", "a\n", "é", "\u{7F}", String(repeating: "a", count: 256)])
  func whatIsNoName(name: String) { #expect(Self.key(name) == nil) }

  @Test func eachCallerTargetAndNameIsItsOwn() throws {
    let keys = [
      Self.key("a"), Self.key("b"), Self.key("a", []), Self.key("a", Self.caller, "POST /v1/sites"),
      Self.key("a", Array(Self.caller.dropLast())), Self.key(String(repeating: "a", count: 255)),
    ].compactMap { $0 }
    #expect(keys.count == 6 && Set(keys.map(\.id)).count == 6)
    let content = Array("content".utf8)
    #expect(Set(keys.map { $0.digest(of: content) }).count == 6)
    let first = try #require(Self.key("a"))
    #expect(first.id == keys[0].id && first.digest(of: content) == keys[0].digest(of: content))
    #expect(first.digest(of: content) != first.digest(of: []))
  }

  @Test(arguments: [0, 1, 1000])
  func onlyTheNameOpensWhatItHasSealed(count: Int) throws {
    let (key, other) = (try #require(Self.key("a")), try #require(Self.key("b")))
    let bytes = (0..<count).map { UInt8($0 % 251) }
    let sealed = key.seal(bytes)
    #expect(key.open(sealed) == bytes && other.open(sealed) == nil && key.seal(bytes) != sealed)
    for place in [0, sealed.count / 2, sealed.count - 1] {
      var broken = sealed
      broken[place] ^= 1
      #expect(key.open(broken) == nil)
    }
    #expect(key.open(Array(sealed.dropLast())) == nil && key.open([]) == nil)
  }
}
