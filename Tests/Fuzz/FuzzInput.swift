/// The bytes of one execution. Choices are taken from their front, so that a seed is a few choices and then plain bytes.
struct FuzzInput {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: UnsafeBufferPointer<UInt8>) { rest = Array(bytes)[...] }

  /// The next byte, 0 at the end.
  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A plan: its first byte gives in its lowest three bits how many lengths follow, in the others some choices, so that
  /// `0` is the usual plan without cuts, `8` the one with narrow limits, and `2!#` cuts behind 1 and 4 bytes.
  mutating func plan() -> FuzzPlan {
    let first = byte()
    let lengths = (0..<first & 7).map { _ in Int(byte() &- UInt8(ascii: " ")) }
    return FuzzPlan(choices: first, lengths: lengths)
  }

  /// All that is left, in memory of exactly that size, so that a read beyond it is seen.
  mutating func remainder() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }
}

/// How one execution goes.
struct FuzzPlan {
  let choices: UInt8
  let lengths: [Int]

  /// `8` to `?`, and `H` to `O`.
  var hasNarrowLimits: Bool { choices & 0x08 != 0 }
  /// `@` to `O`.
  var hasOption: Bool { choices & 0x40 != 0 }
  /// Bytes beyond ASCII.
  var isClient: Bool { choices & 0x80 != 0 }

  /// The stream in pieces of the plan's lengths, some perhaps empty, and one of what is left. Each has memory of its own.
  func pieces(of stream: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    for length in lengths {
      let end = min(start + length, stream.count)
      pieces.append(Array(stream[start..<end]))
      start = end
    }
    return pieces + [Array(stream[start...])]
  }

  /// The ways to cut a stream that have to come to the same: not at all, as planned, and behind each byte.
  func cuts(of stream: [UInt8]) -> [[[UInt8]]] {
    var cuts = [[stream], pieces(of: stream)]
    if stream.count <= 1024 { cuts.append(stream.map { [$0] }) }
    return cuts
  }
}

/// Ends the program with the message where the property does not hold, which libFuzzer reports with the input.
func demand(_ holds: Bool, _ message: @autoclosure () -> String, file: StaticString = #file, line: UInt = #line) {
  if !holds { fatalError(message(), file: file, line: line) }
}
