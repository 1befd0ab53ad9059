import HTTPWire
import Transport

/// The response to a request for a file: whole, a part of it, or the word that it has not changed (RFC 9110 sections 13
/// and 14).
struct FileResponse {
  private(set) var response: HTTPResponse

  init(_ file: StaticFile, _ request: HTTPRequestHead) {
    let fields = request.fields
    let wantsRange = fields["range"] != nil && request.method == .get
    // A part is always one of the plain form, so that parts of one file fit together.
    let gzip = !wantsRange && Self.accepts("gzip", fields) ? file.gzip : nil
    let tag = "\"\(file.tag)\(gzip == nil ? "" : "-gzip")\""

    func head(_ status: HTTPStatus) -> HTTPResponseHead {
      var head = HTTPResponseHead(status)
      try? head.add("ETag", text: tag)
      try? head.add("Last-Modified", text: HTTPDate.text(file.modified))
      head.add("Cache-Control", "no-cache")
      head.add("Vary", "Accept-Encoding")
      head.add("Accept-Ranges", "bytes")
      head.add("X-Content-Type-Options", "nosniff")
      head.add("Referrer-Policy", "strict-origin-when-cross-origin")
      return head
    }

    if Self.isUnchanged(file, fields) {
      response = HTTPResponse(head(.notModified))
      return
    }
    if wantsRange, Self.rangeApplies(tag, file, fields) {
      switch ByteRange(fields["range"] ?? "", length: file.bytes.count) {
      case .part(let range):
        var part = head(.partialContent)
        part.add("Content-Type", ContentType.of(file.name).type)
        try? part.add(
          "Content-Range", text: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.bytes.count)")
        response = HTTPResponse(part, content: Array(file.bytes[range]))
        return
      case .unsatisfiable:
        var refusal = head(HTTPStatus(416))
        try? refusal.add("Content-Range", text: "bytes */\(file.bytes.count)")
        response = HTTPResponse(refusal)
        return
      case .ignored: break
      }
    }
    var whole = head(.ok)
    whole.add("Content-Type", ContentType.of(file.name).type)
    if gzip != nil { whole.add("Content-Encoding", "gzip") }
    response = HTTPResponse(whole, content: gzip ?? file.bytes)
  }

  private static func isUnchanged(_ file: StaticFile, _ fields: HTTPFields) -> Bool {
    if fields["if-none-match"] != nil {
      // Weakly compared (RFC 9110 section 13.1.2): the two forms of a file are the same to a cache that asks.
      return fields.elements("if-none-match").contains { element in
        let tag = element.hasPrefix("W/") ? element.dropFirst(2) : element[...]
        return tag == "*" || tag == "\"\(file.tag)\"" || tag == "\"\(file.tag)-gzip\""
      }
    }
    guard let since = fields["if-modified-since"].flatMap(HTTPDate.parse) else { return false }
    return file.modified <= since
  }

  private static func rangeApplies(_ tag: String, _ file: StaticFile, _ fields: HTTPFields) -> Bool {
    guard let condition = fields["if-range"] else { return true }
    return condition == tag || HTTPDate.parse(condition) == file.modified
  }

  private static func accepts(_ coding: String, _ fields: HTTPFields) -> Bool {
    fields.elements("accept-encoding").contains { element in
      let parts = element.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
      guard parts.first == coding else { return false }
      return !parts.dropFirst().contains { $0.hasPrefix("q=0") && Double($0.dropFirst(2)) == 0 }
    }
  }
}

/// A `Range` field of one range of bytes (RFC 9110 section 14.1.2).
enum ByteRange: Equatable {
  case part(Range<Int>)
  case unsatisfiable
  /// Not of that form, or several: the whole is answered.
  case ignored

  init(_ text: String, length: Int) {
    guard text.hasPrefix("bytes=") else {
      self = .ignored
      return
    }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }), ends != ["", ""] else {
      self = .ignored
      return
    }
    switch (Int(ends[0]), Int(ends[1])) {
    case (let first?, let last?) where first > last: self = .ignored
    case (let first?, let last):
      guard first < length else {
        self = .unsatisfiable
        return
      }
      self = .part(first..<min(last ?? length - 1, length - 1) + 1)
    case (nil, let suffix?):
      self = suffix == 0 || length == 0 ? .unsatisfiable : .part(max(0, length - suffix)..<length)
    case (nil, nil): self = .ignored
    }
  }
}
