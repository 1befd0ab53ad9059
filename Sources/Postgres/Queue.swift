/// First in, first out; constant time for each.
struct Queue<Element> {
  private var items: [Element?] = []
  private var head = 0

  var count: Int { items.count - head }
  var isEmpty: Bool { count == 0 }
  var first: Element? { head < items.count ? items[head] : nil }

  mutating func append(_ element: Element) { items.append(element) }

  mutating func popFirst() -> Element? {
    guard head < items.count else { return nil }
    let element = items[head].take()
    head += 1
    if head == items.count {
      items.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 1024, head * 2 >= items.count {
      items.removeFirst(head)
      head = 0
    }
    return element
  }

  mutating func removeAll() -> [Element] {
    defer {
      items = []
      head = 0
    }
    return items[head...].compactMap { $0 }
  }

  func forEach(_ body: (Element) -> Void) {
    for index in head..<items.count {
      if let element = items[index] { body(element) }
    }
  }

  /// Takes out what `isDone` says.
  mutating func remove(where isDone: (Element) -> Bool) {
    items = items[head...].filter { $0.map { !isDone($0) } ?? false }
    head = 0
  }
}
