/// The header fields of a message, in their order, kept as one run of bytes and the places in it. Names are looked up
/// in any case; they are given in lower case.
package struct HTTPFields: Sendable {
  struct Place {
    var nameStart: UInt16
    var nameCount: UInt16
    var valueStart: UInt16
    var valueCount: UInt16
  }

  /// The head of the message as it came, its start line included.
  package internal(set) var bytes: [UInt8] = []
  var places: [Place] = []

  /// How many fields there are.
  package var count: Int { places.count }

  /// A field's name as it came.
  package func name(at index: Int) -> String { HTTPText.string(bytes.span.bytes.extracting(nameRange(index))) }

  /// A field's value as it came, without the white space around it.
  package func value(at index: Int) -> String { HTTPText.string(bytes.span.bytes.extracting(valueRange(index))) }

  /// The value of the first field of that name.
  package subscript(name: StaticString) -> String? {
    firstIndex(of: name).map { value(at: $0) }
  }

  /// Where in `bytes` the value of the first field of that name stands.
  package func range(of name: StaticString) -> Range<Int>? {
    firstIndex(of: name).map { valueRange($0) }
  }

  /// The values of all fields of that name, joined as RFC 9110 section 5.3 allows for lists; nil where there is none.
  package func combined(_ name: StaticString) -> String? {
    guard let first = firstIndex(of: name) else { return nil }
    var values = value(at: first)
    for index in first + 1..<places.count where isNamed(name, index) { values += ", " + value(at: index) }
    return values
  }

  /// How many fields have that name.
  package func count(of name: StaticString) -> Int {
    var count = 0
    for index in places.indices where isNamed(name, index) { count += 1 }
    return count
  }

  /// Whether a comma-separated list in the fields of that name holds a token, which is given in lower case, in any
  /// case.
  package func list(_ name: StaticString, contains token: StaticString) -> Bool {
    for index in places.indices where isNamed(name, index) {
      let found = HTTPText.anyElement(of: valueRange(index), in: bytes.span.bytes) {
        HTTPText.equalsIgnoringCase($0, token)
      }
      if found { return true }
    }
    return false
  }

  /// The elements of the comma-separated lists in the fields of that name.
  package func elements(_ name: StaticString) -> [String] {
    var elements: [String] = []
    for index in places.indices where isNamed(name, index) {
      _ = HTTPText.anyElement(of: valueRange(index), in: bytes.span.bytes) {
        elements.append(HTTPText.string($0))
        return false
      }
    }
    return elements
  }

  func firstIndex(of name: StaticString) -> Int? {
    for index in places.indices where isNamed(name, index) { return index }
    return nil
  }

  func isNamed(_ name: StaticString, _ index: Int) -> Bool {
    guard Int(places[index].nameCount) == name.utf8CodeUnitCount else { return false }
    return HTTPText.equalsIgnoringCase(bytes.span.bytes.extracting(nameRange(index)), name)
  }

  func nameRange(_ index: Int) -> Range<Int> {
    let start = Int(places[index].nameStart)
    return start..<start + Int(places[index].nameCount)
  }

  func valueRange(_ index: Int) -> Range<Int> {
    let start = Int(places[index].valueStart)
    return start..<start + Int(places[index].valueCount)
  }
}
