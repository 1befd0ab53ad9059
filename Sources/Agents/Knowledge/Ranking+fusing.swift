/// Two ways to find passages, by words and by meaning, made one.
extension Ranking {
  /// What a place far behind counts beside one in front, as usual for this method.
  private static let damping = 60.0

  /// Whether a passage answers by what it means, whatever its words are.
  func isNear(_ judged: Judged) -> Bool { (judged.likeness ?? 0) >= leastLikeness }

  /// Orders passages by the sum of the reciprocals of their places in both orders, each with its weight (reciprocal rank
  /// fusion): so neither's marks have to be compared with the other's.
  /// - Parameters:
  ///   - judged: found by words, the best first.
  ///   - near: found by meaning, the nearest first, with their likeness.
  func fuse(_ judged: [Judged], _ near: [(passage: FoundPassage, likeness: Double)]) -> [Judged] {
    var all = judged
    var marks = judged.indices.map { (1 - meaningWeight) / (Self.damping + Double($0)) }
    let places = Dictionary(judged.enumerated().map { ($1.passage.place, $0) }, uniquingKeysWith: min)
    for (number, one) in near.enumerated() {
      let mark = meaningWeight / (Self.damping + Double(number))
      if let place = places[one.passage.place] {
        all[place].likeness = one.likeness
        marks[place] += mark
      } else {
        var judged = judge(one.passage)
        judged.likeness = one.likeness
        all.append(judged)
        marks.append(mark)
      }
    }
    return all.indices.sorted { (marks[$1], $0) < (marks[$0], $1) }.map { all[$0] }
  }
}
