import Conversation
import Glibc
import Postgres
import SeededRandom
import Testing

@testable import Store

/// What is counted for analytics.
@Suite struct ActivityTests {
  /// A quantile is the largest time of its class: never less than the true one, and less than a fifth more.
  @Test func quantilesAreNearTheTruth() {
    var random = SeededGenerator("latencies")
    for _ in 0..<200 {
      let times = (0..<Int.random(in: 1...300, using: &random)).map { _ in
        Int64(exp2(Double.random(in: 0...20, using: &random)))
      }.sorted()
      var classes = LatencyClasses()
      for time in times { classes.add(time) }
      #expect(classes.count == Int64(times.count))
      for share in [0.5, 0.95, 1] {
        let truth = Double(times[max(1, Int((Double(times.count) * share).rounded(.up))) - 1])
        let told = Double(classes.quantile(share) ?? -1)
        #expect(told >= truth - 1 && told <= truth * 1.2 + 1, "\(truth) \(told), seed \(random.seed)")
      }
    }
    #expect(LatencyClasses().quantile(0.5) == nil)
  }

  @Test func whatIsAddedIsAdded() async throws {
    let fixture = try await StoreFixture()
    let (site, agent) = (fixture.directory.sites[0].id, fixture.directory.agents[0].profile.id)
    let place = Activity.Place(site: site, agent: agent, now: 1_700_000_123_456)
    #expect(place.hour == 1_699_999_200_000)
    var activity = Activity()
    activity.note(place) { counts in
      counts.sessions = 1
      counts.messages = 2
      counts.ratingsUp = 3
      counts.resumes = 4
      counts.firstBytes.add(100)
    }
    var completion = Completion(.failed)
    completion.usage = Usage(inputTokens: 5, outputTokens: 7, cost: Cost(picos: .max - 1, currency: "USD"))
    completion.processingMilliseconds = 1000
    activity.ended(completion, at: place)
    // What belongs to a site that is gone is nobody's.
    activity.note(Activity.Place(site: 999_999, agent: agent, now: 0)) { $0.messages = 1 }
    let book = ActivityBook(fixture.client)
    try await book.add(activity)
    try await book.add(activity)
    var other = Activity()
    var cheap = Completion(.complete)
    cheap.usage = Usage(inputTokens: 0, outputTokens: 0, cost: Cost(picos: 7, currency: "EUR"))
    other.ended(cheap, at: Activity.Place(site: place.site, agent: agent, now: place.hour + 3_600_000))
    try await book.add(other)
    // Beyond 64 bits, and each currency by itself.
    let costs = try await fixture.client.query(
      "SELECT sum_costs(costs) = $1::text::jsonb FROM activity",
      [
        .text(#"{"USD": 18446744073709551612, "EUR": 7}"#)
      ])
    #expect(try costs.bool(0, 0))
    _ = try await fixture.client.query("DELETE FROM activity WHERE costs ? 'EUR'")
    let rows = try await fixture.client.query(
      """
      SELECT sessions, messages, answers, failed, stopped, interrupted, resumes, ratings_up, ratings_down, input_tokens,
        output_tokens FROM activity
      """)
    #expect(rows.count == 1)
    #expect(try (0..<11).map { try rows.int(0, $0) } == [2, 4, 2, 2, 0, 0, 8, 6, 0, 10, 14])
    // Further times, of classes beyond those that are there, and below.
    var more = Activity()
    more.note(place) { counts in
      counts.firstBytes.add(200)
      counts.wholes.add(1)
    }
    try await book.add(more)
    let times = try await fixture.client.query("SELECT first_bytes, wholes FROM activity")
    #expect(try LatencyClasses(times.ints(0, 0)).counts == [26: 2, 30: 1])
    #expect(try LatencyClasses(times.ints(0, 1)).counts == [39: 2, 4: 1])
  }

  @Test func whatCouldNotBeStoredIsKept() {
    let place = Activity.Place(site: 1, agent: 2, now: 0)
    var (first, second) = (Activity(), Activity())
    first.ended(Completion(.complete), at: place)
    second.ended(Completion(.stopped), at: place)
    second.add(first)
    #expect(second.counts[place]?.answers == 2 && second.counts[place]?.stopped == 1)
    #expect(second.counts[place]?.wholes.count == 2)
  }
}
