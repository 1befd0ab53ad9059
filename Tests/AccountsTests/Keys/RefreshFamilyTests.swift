import Accounts
import SeededRandom
import Testing

@Suite struct RefreshFamilyTests {
  typealias Outcome = RefreshFamily.Outcome
  static let rules = RefreshFamily.Rules()

  /// The follower that an outcome gives.
  static func follower(_ outcome: Outcome) -> RefreshToken? {
    switch outcome {
    case .rotated(let token), .repeated(let token): token
    case .refused: nil
    }
  }

  @Test func eachTokenRotatesOnce() throws {
    let first = RefreshToken.random()
    var family = RefreshFamily(first: first, now: 0)
    let second = try #require(Self.follower(family.present(first, now: 100)))
    let third = try #require(Self.follower(family.present(second, now: 200)))
    #expect(Set([first, second, third].map(\.text)).count == 3)
    #expect([second, third].allSatisfy { $0.family == first.family && RefreshToken($0.text) == $0 })
    // The first comes again: the family ends for everybody.
    #expect(family.present(first, now: 201) == .refused(.reused))
    #expect(family.end == .reused && family.last == nil)
    for token in [first, second, third] { #expect(family.present(token, now: 202) == .refused(.ended(.reused))) }
  }

  @Test func theSameRotationMayBeRepeatedForAWhile() throws {
    let first = RefreshToken.random()
    var family = RefreshFamily(first: first, now: 0)
    let second = try #require(Self.follower(family.present(first, now: 100)))
    let stored = family
    #expect(family.present(first, now: 100) == .repeated(second))
    #expect(family.present(first, now: 130) == .repeated(second))
    // A clock that is behind repeats too.
    #expect(family.present(first, now: 90) == .repeated(second))
    #expect(family == stored)
    #expect(family.present(first, now: 131) == .refused(.reused))
  }

  @Test func noRepetitionOnceTheFollowerIsUsed() throws {
    let first = RefreshToken.random()
    var family = RefreshFamily(first: first, now: 0)
    let second = try #require(Self.follower(family.present(first, now: 100)))
    _ = family.present(second, now: 101)
    #expect(family.present(first, now: 102) == .refused(.reused))
  }

  @Test func aForgedTokenOfAKnownFamilyEndsIt() throws {
    let first = RefreshToken.random()
    var family = RefreshFamily(first: first, now: 0)
    // Who knows the name of 128 bits has had a token of it.
    let body = try #require(Base64URL.decode(Array(first.text.utf8.dropFirst(3).dropLast(4))[...]))
    let forged = Base64URL.encode(Array(body.prefix(16)) + [UInt8](repeating: 7, count: 32))
    let check = Base64URL.encode(Array(SHA256.digest(Array(("rt_" + forged).utf8)).prefix(3)))
    let token = try #require(RefreshToken("rt_" + forged + check))
    #expect(token.family == family.id)
    #expect(family.present(token, now: 1) == .refused(.reused))
  }

  @Test func anotherFamiliesTokenChangesNothing() {
    var family = RefreshFamily(first: .random(), now: 0)
    let stored = family
    #expect(family.present(.random(), now: 1) == .refused(.unknown))
    #expect(family == stored)
  }

  @Test func ends() throws {
    let first = RefreshToken.random()
    var family = RefreshFamily(first: first, now: 0)
    family.revoke()
    #expect(family.present(first, now: 1) == .refused(.ended(.revoked)))
    var reused = RefreshFamily(id: family.id, madeAt: 0, current: family.current, last: nil, end: .reused)
    reused.revoke()
    #expect(reused.end == .reused)
  }

  @Test func expiresByAgeAndWithoutUse() throws {
    let day: Int64 = 86_400
    let first = RefreshToken.random()
    var idle = RefreshFamily(first: first, now: 0)
    #expect(!idle.hasExpired(now: 14 * day - 1))
    #expect(idle.present(first, now: 14 * day) == .refused(.expired))
    var family = RefreshFamily(first: first, now: 0)
    var token = first
    for week in 1...12 { token = try #require(Self.follower(family.present(token, now: Int64(week) * 7 * day))) }
    #expect(Self.follower(family.present(token, now: 90 * day - 1)) != nil)
    #expect(family.present(token, now: 90 * day) == .refused(.expired))
  }

  @Test func aStoredFamilyGoesOn() throws {
    let first = RefreshToken.random()
    var family = RefreshFamily(first: first, now: 0)
    let second = try #require(Self.follower(family.present(first, now: 100)))
    var again = RefreshFamily(
      id: family.id, madeAt: family.madeAt, current: family.current, last: family.last, end: family.end)
    #expect(again == family)
    #expect(again.present(first, now: 101) == .repeated(second))
    #expect(Self.follower(again.present(second, now: 102)) != nil)
  }

  /// Holders of one log-in, honest tabs and perhaps a thief, whose answers may be lost, in any order.
  private struct World {
    var family: RefreshFamily
    var now: Int64 = 0
    /// What each holder has; tabs of the honest browser share theirs.
    var honest: RefreshToken
    var thief: RefreshToken?
    /// Each token that was ever current, in order.
    var chain: [RefreshToken]
    var wasLostFor: Int64?

    init() {
      honest = .random()
      family = RefreshFamily(first: honest, now: 0)
      chain = [honest]
    }
  }

  /// Nobody is refused, and nobody logs in twice, as long as nothing is stolen and a lost answer is asked for again
  /// within the grace.
  @Test func honestClientsAreNeverRefused() {
    var random = SeededGenerator("honestClientsAreNeverRefused")
    for _ in 0..<300 {
      var world = World()
      for _ in 0..<40 {
        let isRetry = world.wasLostFor != nil
        world.now += isRetry ? .random(in: 0...10, using: &random) : .random(in: 0...86_400, using: &random)
        if world.now >= 80 * 86_400 { break }
        // Up to three tabs ask with the same token at the same time; the last answer may be lost with all others.
        let answers = (0..<Int.random(in: 1...3, using: &random)).map { _ in
          Self.follower(world.family.present(world.honest, now: world.now))
        }
        guard let answer = answers[0], answers.allSatisfy({ $0 == answer }) else {
          Issue.record("refused or given different followers")
          break
        }
        let lost = (world.wasLostFor ?? 0) < 15 && Int.random(in: 0..<3, using: &random) == 0
        if lost {
          world.wasLostFor = (world.wasLostFor ?? 0) + 10
        } else {
          world.honest = answer
          world.wasLostFor = nil
        }
      }
      #expect(world.family.end == nil)
    }
  }

  /// Whatever comes in whatever order: a token that is neither the current one nor the last repeatable one gives
  /// nothing and ends the family; what ended stays so; followers are never given to two different chains.
  @Test func anyInterleavingKeepsTheRules() {
    var random = SeededGenerator("anyInterleavingKeepsTheRules")
    var outcomes: [String: Int] = [:]
    for _ in 0..<2000 {
      var world = World()
      var ended: RefreshFamily.End?
      var lastUse: Int64?
      for _ in 0..<20 {
        world.now += [0, 1, 29, 30, 31, 3600].randomElement(using: &random) ?? 0
        if Int.random(in: 0..<30, using: &random) == 0 {
          world.family.revoke()
          ended = ended ?? .revoked
        }
        let place = max(0, world.chain.count - 1 - [0, 0, 0, 1, 1, 2, 5].randomElement(using: &random)!)
        let outcome = world.family.present(world.chain[place], now: world.now)
        switch outcome {
        case .rotated(let token):
          #expect(ended == nil && place == world.chain.count - 1)
          #expect(!world.chain.contains(token))
          world.chain.append(token)
          lastUse = world.now
          outcomes["rotated", default: 0] += 1
        case .repeated(let token):
          #expect(ended == nil && place == world.chain.count - 2 && token == world.chain.last)
          #expect(world.now - (lastUse ?? 0) <= 30)
          outcomes["repeated", default: 0] += 1
        case .refused(.reused):
          #expect(ended == nil && place < world.chain.count - 1)
          #expect(place < world.chain.count - 2 || world.now - (lastUse ?? 0) > 30)
          ended = .reused
          outcomes["reused", default: 0] += 1
        case .refused(.ended(let end)):
          #expect(end == ended)
          outcomes["ended", default: 0] += 1
        case .refused(let other): Issue.record("refused as \(other)")
        }
        #expect(world.family.end == ended)
      }
    }
    #expect(outcomes.count == 4, "\(outcomes)")
  }

  /// Somebody copies a token at some time. When both have used their copies, further than the grace apart, neither has
  /// a token that is good.
  @Test func aTheftEndsTheFamily() {
    var random = SeededGenerator("aTheftEndsTheFamily")
    for _ in 0..<500 {
      var world = World()
      func use(_ token: inout RefreshToken) -> Bool {
        world.now += .random(in: 31...5000, using: &random)
        guard let follower = Self.follower(world.family.present(token, now: world.now)) else { return false }
        token = follower
        return true
      }
      var honest = world.honest
      for _ in 0..<Int.random(in: 0...5, using: &random) { #expect(use(&honest)) }
      var thief = honest
      let thiefIsFirst = Bool.random(using: &random)
      // One of them goes on for a while; the first use of the other is seen.
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        #expect(thiefIsFirst ? use(&thief) : use(&honest))
      }
      #expect(thiefIsFirst ? !use(&honest) : !use(&thief))
      #expect(world.family.end == .reused)
      #expect(!use(&honest) && !use(&thief))
    }
  }
}
