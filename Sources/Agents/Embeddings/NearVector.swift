/// A vector, by its key, and how near it is to a question's.
struct NearVector: Sendable, Equatable {
  let key: Int64
  /// The cosine of the angle between them: 1 for the same direction, 0 for nothing in common.
  let likeness: Double

  /// The nearest of many, the nearest first, all of them compared.
  /// - Parameter numbers: those of all vectors, each of length 1, one behind the other.
  static func nearest(to question: [Float], keys: [Int64], numbers: [Float], limit: Int) -> [NearVector] {
    guard !question.isEmpty, numbers.count == keys.count * question.count, limit > 0 else { return [] }
    var best: [NearVector] = []
    question.withUnsafeBytes { question in
      numbers.withUnsafeBytes { all in
        for (place, key) in keys.enumerated() {
          let vector = UnsafeRawBufferPointer(rebasing: all[place * question.count..<(place + 1) * question.count])
          let likeness = Double(product(question, vector))
          if best.count == limit, let last = best.last, likeness <= last.likeness { continue }
          let at = best.firstIndex { $0.likeness < likeness } ?? best.count
          best.insert(NearVector(key: key, likeness: likeness), at: at)
          if best.count > limit { best.removeLast() }
        }
      }
    }
    return best
  }

  /// The sum of the products of floats. Eight at a time: by itself the compiler keeps the order of sums.
  private static func product(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Float {
    var sums = SIMD8<Float>()
    var place = 0
    while place + 32 <= a.count {
      sums +=
        a.loadUnaligned(fromByteOffset: place, as: SIMD8<Float>.self)
        * b.loadUnaligned(fromByteOffset: place, as: SIMD8<Float>.self)
      place += 32
    }
    var sum = sums.sum()
    while place < a.count {
      sum +=
        a.loadUnaligned(fromByteOffset: place, as: Float.self)
        * b.loadUnaligned(fromByteOffset: place, as: Float.self)
      place += 4
    }
    return sum
  }
}
