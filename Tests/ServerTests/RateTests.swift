import JSONWire
import SeededRandom
import SkeinTestKit
import Testing

@testable import Server

/// The rates themselves, under a clock of the test's own.
@Suite struct RateTests {
  @Test func noLimitIsNoRate() { #expect(Rate(perMinute: 0) == nil) }

  /// In any window of a minute there are at most twice as many as the rate: those at once, and those that come after.
  @Test(arguments: [1, 2, 60, 1200, 60_000_000])
  func asManyAtOnceAsInAMinute(perMinute: Int) throws {
    let rate = try #require(Rate(perMinute: perMinute))
    let count = min(perMinute, 5000)
    var pace = Pace()
    for _ in 0..<count {
      #expect(pace.wait(rate, now: 1_000_000_000) == 0)
      pace.take(rate, now: 1_000_000_000)
    }
    guard perMinute == count else { return }
    #expect(pace.wait(rate, now: 1_000_000_000) == rate.interval)
    #expect(pace.wait(rate, now: 1_000_000_000 + rate.interval) == 0)
    // After a minute all are there again.
    var later = pace
    for _ in 0..<count {
      #expect(later.wait(rate, now: 1_060_000_000) == 0)
      later.take(rate, now: 1_060_000_000)
    }
    #expect(later.wait(rate, now: 1_060_000_000) > 0)
  }

  /// Random senders: never more than the rate allows, and whoever waits as long as it is told may send.
  @Test func whoWaitsAsToldMaySend() throws {
    var random = SeededGenerator("rates")
    let rate = try #require(Rate(perMinute: 30))
    var (pace, now, taken) = (Pace(), UInt64(10_000_000_000), [UInt64]())
    for _ in 0..<5000 {
      now += UInt64.random(in: 0..<4_000_000, using: &random)
      let wait = pace.wait(rate, now: now)
      if wait > 0, Bool.random(using: &random) { continue }
      now += wait
      #expect(pace.wait(rate, now: now) == 0)
      pace.take(rate, now: now)
      taken.append(now)
    }
    for (place, time) in taken.enumerated() {
      #expect(taken[...place].count { $0 + 60_000_000 > time } <= 60, "seed \(random.seed)")
    }
    #expect(taken.count > 1000, "seed \(random.seed)")
  }

  @Test func allSharesOrNone() throws {
    let limiter = RateLimiter()
    let (one, many) = (try #require(Rate(perMinute: 1)), try #require(Rate(perMinute: 100)))
    let shares: [(RateLimiter.Holder, Rate)] = [(.visitor([1]), one), (.site(7), many)]
    #expect(limiter.take(shares, now: 1_000_000) == 0)
    #expect(limiter.take(shares, now: 1_000_000) > 0)
    // What was refused has cost the site nothing.
    for number in 0..<99 { #expect(limiter.take([(.site(7), many)], now: 1_000_000) == 0, "\(number)") }
    #expect(limiter.take([(.site(7), many)], now: 1_000_000) > 0)
    #expect(limiter.take([(.visitor([2]), one)], now: 1_000_000) == 0)
  }

  @Test func whoHasAllAgainIsForgotten() throws {
    let limiter = RateLimiter()
    let rate = try #require(Rate(perMinute: 60))
    for number in 0..<10_000 { _ = limiter.take([(.network(UInt64(number)), rate)], now: UInt64(number) * 100_000) }
    #expect(limiter.count <= 2048)
  }
}

/// The rates on the wire, while the clock stands still.
@Suite struct MessageRateTests {
  @Test func aVisitorThatSendsTooMuchIsTold() async throws {
    try await TestServer.with { settings in
      settings.messageRates.visitor = 3
      settings.rateClock = { 1_000_000 }
    } _: { server in
      let identity = Identity.random()
      let client = try await server.connect()
      let welcome = try await client.hello(identity, agent: "script")
      #expect(welcome["limits"]?["messages_per_minute"] == 3)
      let ids = (0..<3).map { _ in JSONValue.messageID() }
      for id in ids {
        _ = await client.say("hi", id: id)
        #expect(try await client.until("message.accepted")["duplicate"] == false)
      }
      _ = await client.say("one too many")
      let refused = try await client.until("error")
      #expect(refused["code"] == "rate_limited")
      #expect(refused["retry_after_ms"] == 20_001)
      // What is stored is answered as ever.
      _ = await client.say("hi", id: ids[0])
      #expect(try await client.until("message.accepted")["duplicate"] == true)
      // By plain HTTP it is the same visitor, on another session too.
      let other = Identity(session: Identity.random().session, token: identity.token)
      let response = try await server.http().post("messages", other, message("hi"))
      #expect(response.status == 429 && response.json["code"] == "rate_limited")
      #expect(response["retry-after"] == "21")
      // Another visitor is not concerned.
      let stranger = try await server.client()
      let answer = try await stranger.ask("hi")
      #expect(!answer.text.isEmpty)
    }
  }

  @Test func addressAndSiteHaveRatesOfTheirOwn() async throws {
    for isAddress in [true, false] {
      try await TestServer.with { settings in
        if isAddress { settings.messageRates.address = 2 } else { settings.messageRates.site = 2 }
        settings.rateClock = { 1_000_000 }
      } _: { server in
        var statuses: [Int] = []
        for _ in 0..<3 {
          statuses.append(try await server.http().post("messages", .random(), message("hi")).status)
        }
        #expect(statuses == [202, 202, 429])
      }
    }
  }
}
