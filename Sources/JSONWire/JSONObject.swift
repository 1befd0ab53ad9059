/// The members of a JSON object in their order, each key once. Keys are compared by their bytes: `é` as one scalar and
/// as two are different keys.
package struct JSONObject: Sendable {
  /// One member.
  package typealias Member = (key: String, value: JSONValue)

  /// The members in order.
  package private(set) var members: [Member] = []

  /// An object without members.
  package init() {}

  /// An object of the given members; the last value of a key counts, at the place of its first.
  package init(_ members: some Sequence<(String, JSONValue)>) {
    var index = Index()
    for (key, value) in members { append(key, value, &index) }
  }

  /// The object that comes next in a reader; of a key that comes twice the last value counts.
  package init(from reader: inout JSONReader) throws(JSONError) {
    try reader.beginObject()
    var index = Index()
    while let key = try reader.nextKey() {
      let name = key.string
      append(name, try JSONValue(from: &reader), &index)
    }
  }

  /// Writes the object.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    for member in members {
      writer.key(escaping: member.key)
      member.value.write(to: &writer)
    }
    writer.endObject()
  }

  /// The number of members.
  package var count: Int { members.count }

  /// Whether there are no members.
  package var isEmpty: Bool { members.isEmpty }

  /// The member of that key. Set to nil it is removed; a new one comes last.
  package subscript(key: String) -> JSONValue? {
    get { position(of: key).map { members[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append((key, value))
      case (nil, nil): break
      }
    }
  }

  private func position(of key: String) -> Int? {
    members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
  }

  // MARK: Keys that come twice

  /// Finds the place of a key among many: from some size on a linear search for each would let a hostile object cost
  /// quadratic time.
  private typealias Index = [[UInt8]: Int]

  private mutating func append(_ key: String, _ value: JSONValue, _ index: inout Index) {
    let place: Int?
    if members.count < 16 {
      place = position(of: key)
    } else {
      if index.isEmpty {
        for (place, member) in members.enumerated() { index[Array(member.key.utf8)] = place }
      }
      place = index[Array(key.utf8)]
    }
    if let place {
      members[place].value = value
    } else {
      if !index.isEmpty { index[Array(key.utf8)] = members.count }
      members.append((key, value))
    }
  }
}

extension JSONObject: Equatable {
  /// Whether both have the same members in the same order.
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members.count == right.members.count
      && zip(left.members, right.members).allSatisfy {
        $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value
      }
  }
}
