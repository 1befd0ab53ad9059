import Bytes
import JSONWire

/// Any bytes as JSON: walking over a value and reading it judge alike, to the byte; what was read is the same when it is
/// written and read again; numbers and strings keep to what their readers promise.
func checkJSON(_ input: inout FuzzInput) {
  let plan = input.plan()
  let bytes = input.remainder()
  checkUTF8(plan, bytes)
  let maxDepth = plan.hasNarrowLimits ? 3 : 32
  let skipped = Result { () throws(JSONError) in try skip(bytes, maxDepth) }
  let parsed = Result { () throws(JSONError) in try JSONValue(parsing: bytes, maxDepth: maxDepth) }
  switch (skipped, parsed) {
  case (.success(let range), .success(let value)):
    demand(!range.isEmpty && range.upperBound <= bytes.count, "the value is at \(range)")
    let written = value.bytes
    let again = try? JSONValue(parsing: written, maxDepth: maxDepth)
    demand(again == value && again?.bytes == written, "\(value) is read again as \(again?.description ?? "nothing")")
    checkScalar(value, plan.lengths.first ?? 5)
  case (.failure(let left), .failure(let right)):
    demand(left == right, "walked: \(left), read: \(right)")
    demand(0...bytes.count ~= left.offset, "an error at byte \(left.offset) of \(bytes.count)")
  default: fatalError("walked: \(skipped), read: \(parsed)")
  }
}

private func skip(_ bytes: [UInt8], _ maxDepth: Int) throws(JSONError) -> Range<Int> {
  var reader = try JSONReader(validating: bytes.span.bytes, maxDepth: maxDepth)
  let range = try reader.skipValue()
  let isExtreme = reader.heldExtremeNumber
  try reader.finish()
  var second = reader.reader(of: range)
  if !isExtreme, try second.peekKind() == .number {
    demand(try second.readDouble() != nil, "a number that is not extreme is no double")
  }
  return range
}

/// Whole and in pieces the same judgement, and the standard library's.
private func checkUTF8(_ plan: FuzzPlan, _ bytes: [UInt8]) {
  let invalid = UTF8Bytes.firstInvalid(in: bytes.span.bytes)
  demand((invalid == nil) == (String(validating: bytes, as: UTF8.self) != nil), "UTF-8 is judged wrongly")
  for cut in plan.cuts(of: bytes) {
    var validator = UTF8Validator()
    var found: Int?
    var start = 0
    for piece in cut where found == nil {
      found = validator.firstInvalid(in: piece.span.bytes).map { start + $0 }
      start += piece.count
    }
    if found == nil, !validator.isComplete { found = bytes.count }
    demand(found == invalid, "cuts move the invalid byte from \(invalid ?? -1) to \(found ?? -1)")
  }
}

private func checkScalar(_ value: JSONValue, _ limit: Int) {
  if let whole = value.int, let double = value.double {
    demand(double == Double(whole), "\(value) is \(whole) or \(double)")
  }
  if let text = value.string {
    let utf8 = Array(text.utf8)
    let count = JSONWriter.prefix(of: utf8.span.bytes, limit: limit)
    let prefix = Array(utf8[..<count])
    let length = JSONWriter.escapedLength(prefix.span.bytes)
    demand(length <= limit, "\(length) bytes, beyond \(limit)")
    demand(UTF8Bytes.isBoundary(count, in: utf8.span.bytes), "a cut within a character, at \(count)")
    demand(JSONValue.string(String(decoding: prefix, as: UTF8.self)).bytes.count == length + 2, "another length")
  }
  for element in value.array ?? [] { checkScalar(element, limit) }
  for member in value.object?.members ?? [] {
    demand(value[member.key] == member.value, "the member \(member.key) is not found")
    checkScalar(member.value, limit)
  }
}
