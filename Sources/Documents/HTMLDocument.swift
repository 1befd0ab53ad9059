import CHTML

/// HTML as Markdown, by libxml2's parser.
enum HTMLDocument {
  /// - Parameters:
  ///   - text: valid UTF-8 without U+0000.
  ///   - limits: of depth and text.
  static func read(_ text: [UInt8], _ limits: DocumentLimits) throws(DocumentError) -> ReadDocument {
    let writer = HTMLWriter(mostDepth: limits.depth, mostBytes: limits.textBytes)
    var handler = html_handler(
      context: Unmanaged.passUnretained(writer).toOpaque(),
      open: { context, name, attributes in
        guard let writer = HTMLWriter.of(context), let name else { return 0 }
        return writer.open(String(cString: name), HTMLAttributes(attributes)) ? 1 : 0
      },
      close: { context, name in
        guard let writer = HTMLWriter.of(context), let name else { return 0 }
        return writer.close(String(cString: name)) ? 1 : 0
      },
      text: { context, text, count in
        guard let writer = HTMLWriter.of(context), let text else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: text, count: count)
        return writer.text(String(decoding: bytes, as: UTF8.self)) ? 1 : 0
      })
    let code = withExtendedLifetime(writer) {
      text.withUnsafeBytes { bytes in
        html_read(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &handler)
      }
    }
    guard code == 0 else { throw DocumentError(.unavailable, "there is no memory to read this document") }
    if let failure = writer.failure { throw failure }
    return writer.finish()
  }
}

extension HTMLWriter {
  /// The one that a reading was begun for.
  fileprivate static func of(_ context: UnsafeMutableRawPointer?) -> HTMLWriter? {
    context.map { Unmanaged<HTMLWriter>.fromOpaque($0).takeUnretainedValue() }
  }
}

/// The attributes of an element.
struct HTMLAttributes {
  private var values: [String: String] = [:]

  init(_ pairs: UnsafePointer<UnsafePointer<CChar>?>?) {
    guard var pair = pairs else { return }
    while let name = pair[0] {
      values[String(cString: name)] = pair[1].map { String(cString: $0) } ?? ""
      pair += 2
    }
  }

  /// Its value; empty where it has none; nil where it is not there.
  subscript(name: String) -> String? { values[name] }
}
