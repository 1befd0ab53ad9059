import JSONWire

/// The format that most services of embeddings have in common: `POST .../embeddings {model, input: [...]}`, answered by
/// `{data: [{index, embedding: [...]}]}`.
enum EmbeddingFormat {
  /// The most numbers of a vector.
  private static let longest = 16_000

  static func body(model: String, _ texts: [String]) -> [UInt8] {
    let value: JSONValue = ["model": .string(model), "input": .array(texts.map { .string($0) })]
    return value.bytes
  }

  /// The vectors of an answer in the order of the texts, each of length 1, all with as many numbers.
  /// - Parameter count: how many texts were asked for.
  static func vectors(_ content: [UInt8], count: Int) throws(ModelFailure) -> [[Float]] {
    guard let value = try? JSONValue(parsing: content) else { throw ModelFailure(.garbled, "no JSON") }
    guard let data = value["data"]?.array, data.count == count else {
      throw ModelFailure(.garbled, "number of vectors")
    }
    var vectors = [[Float]](repeating: [], count: count)
    for (place, entry) in data.enumerated() {
      let index = entry["index"].map { $0.int ?? -1 } ?? Int64(place)
      guard let numbers = entry["embedding"]?.array, (1...longest).contains(numbers.count) else {
        throw ModelFailure(.garbled, "no vector")
      }
      guard index >= 0, index < count, vectors[Int(index)].isEmpty else { throw ModelFailure(.garbled, "index") }
      vectors[Int(index)] = try normal(numbers)
    }
    guard vectors.allSatisfy({ $0.count == vectors[0].count }) else { throw ModelFailure(.garbled, "dimensions") }
    return vectors
  }

  private static func normal(_ numbers: [JSONValue]) throws(ModelFailure) -> [Float] {
    var vector: [Double] = []
    vector.reserveCapacity(numbers.count)
    for number in numbers {
      guard let number = number.double else { throw ModelFailure(.garbled, "no number") }
      vector.append(number)
    }
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length.isFinite, length > 1e-12 else { throw ModelFailure(.garbled, "length") }
    return vector.map { Float($0 / length) }
  }
}
