import SeededRandom
import Testing

@testable import ChaosKit

@Suite struct FaultScheduleTests {
  private func schedule(_ seconds: Int, nodes: Int, seed: UInt64) -> FaultSchedule {
    var generator = SeededGenerator(seed: seed)
    return FaultSchedule(milliseconds: seconds * 1000, nodes: nodes, using: &generator)
  }

  private func count(_ kind: PlannedFault.Kind, _ schedule: FaultSchedule) -> Int {
    schedule.faults.count { $0.kind == kind }
  }

  @Test(arguments: [1, 2, 3]) func tenMinutesHaveWhatIsAimedAt(nodes: Int) {
    let schedule = schedule(600, nodes: nodes, seed: 11)
    #expect(count(.nodeKill, schedule) >= 50)
    #expect(count(.databaseKill, schedule) >= 10)
    #expect(Set(schedule.faults.compactMap(\.node)) == Set(0..<nodes))
  }

  @Test(arguments: [5, 20, 60]) func shortRunsHaveEachKind(seconds: Int) {
    let schedule = schedule(seconds, nodes: 1, seed: 5)
    for kind in PlannedFault.Kind.allCases { #expect(count(kind, schedule) >= 1) }
  }

  @Test(arguments: [(5, 1), (20, 1), (20, 2), (600, 1), (600, 3)])
  func faultsOfAProcessFollowEachOther(seconds: Int, nodes: Int) {
    for seed in 0..<UInt64(50) {
      let schedule = schedule(seconds, nodes: nodes, seed: seed)
      #expect(schedule.faults.map(\.at) == schedule.faults.map(\.at).sorted())
      for target in [nil] + (0..<nodes).map(Optional.some) {
        let own = schedule.faults.filter { $0.node == target }
        for (earlier, later) in zip(own, own.dropFirst()) { #expect(earlier.end <= later.at) }
        #expect(own.last.map { $0.end <= seconds * 1000 } ?? true)
        #expect(own.map(\.duration).reduce(0, +) <= seconds * 1000 / 4)
      }
    }
  }

  @Test func aSeedAlwaysPlansTheSame() {
    #expect(schedule(60, nodes: 2, seed: 1) == schedule(60, nodes: 2, seed: 1))
    #expect(schedule(60, nodes: 2, seed: 1) != schedule(60, nodes: 2, seed: 2))
  }

  @Test func linksAreLeftAloneOrNot() {
    var generator = SeededGenerator(seed: 9)
    let plans = (0..<2_000).map { _ in LinkPlan.random(using: &generator) }
    #expect(plans.contains { $0 == LinkPlan() })
    #expect(plans.contains { $0.isRefused })
    #expect(plans.contains { $0.delay > 0 })
    for ending in LinkPlan.Ending.allCases {
      for direction in LinkPlan.Direction.allCases {
        #expect(plans.contains { $0.cut?.ending == ending && $0.cut?.direction == direction })
      }
    }
  }
}
