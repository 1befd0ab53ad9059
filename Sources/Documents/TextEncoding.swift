import Glibc

/// Makes valid UTF-8 of texts in whatever encoding they come.
enum TextEncoding {
  /// A text as UTF-8, with line feeds at the ends of its lines, and without control characters.
  ///
  /// What reads as UTF-8 is UTF-8, whatever it is said to be; else what is said counts, and at last windows-1252, as
  /// browsers have it.
  /// - Parameter charset: what is said of its encoding.
  static func utf8(_ bytes: [UInt8], charset: String?) -> [UInt8] {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return clean(bytes[3...]) }
    if bytes.starts(with: [0xFF, 0xFE]) { return clean(converted(bytes[2...], from: "UTF-16LE")[...]) }
    if bytes.starts(with: [0xFE, 0xFF]) { return clean(converted(bytes[2...], from: "UTF-16BE")[...]) }
    let name = charset.flatMap(known)
    if let name, name.hasPrefix("UTF-16") { return clean(converted(bytes[...], from: name)[...]) }
    if String(validating: bytes, as: UTF8.self) != nil { return clean(bytes[...]) }
    // Said to be UTF-8, and with a few wrong bytes: these alone are replaced.
    if name == "UTF-8" { return clean(Array(String(decoding: bytes, as: UTF8.self).utf8)[...]) }
    return clean(converted(bytes[...], from: name ?? "WINDOWS-1252")[...])
  }

  /// The encoding that HTML says of itself within its beginning (`<meta charset>` in its two forms); nil: none.
  static func declared(inHTML bytes: [UInt8]) -> String? {
    let beginning = bytes.prefix(1024).map { $0 < 0x80 ? $0 | ((0x41...0x5A).contains($0) ? 0x20 : 0) : 0x3F }
    let text = String(decoding: beginning, as: UTF8.self)
    guard let mark = text.firstRange(of: "charset=") else { return nil }
    let rest = text[mark.upperBound...].drop { $0 == "\"" || $0 == "'" || $0 == " " }
    return String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
  }

  /// The C library's name of an encoding, by the names that documents have for it.
  private static func known(_ label: String) -> String? {
    let name = label.lowercased().replacing("_", with: "-")
    switch name {
    case "utf-8", "utf8": return "UTF-8"
    case "utf-16", "utf-16le": return "UTF-16LE"
    case "utf-16be": return "UTF-16BE"
    // Browsers read what calls itself so as the larger set.
    case "iso-8859-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252": return "WINDOWS-1252"
    case "iso-8859-9", "latin5": return "WINDOWS-1254"
    case "shift-jis", "sjis", "x-sjis": return "SHIFT_JIS"
    case "gb2312", "gbk", "gb18030": return "GB18030"
    case "euc-jp", "euc-kr", "big5", "koi8-r", "koi8-u": return name.uppercased()
    default:
      let isListed =
        name.hasPrefix("iso-8859-") && Int(name.dropFirst(9)).map { (2...16).contains($0) } ?? false
        || name.hasPrefix("windows-125") && name.utf8.count == 12 && name.last?.isNumber ?? false
      return isListed ? name.uppercased() : nil
    }
  }

  /// What can't be converted is replaced by U+FFFD, byte by byte.
  private static func converted(_ bytes: ArraySlice<UInt8>, from name: String) -> [UInt8] {
    guard let converter = iconv_open("UTF-8", name), Int(bitPattern: converter) != -1 else {
      return Array(String(decoding: bytes, as: UTF8.self).utf8)
    }
    defer { iconv_close(converter) }
    var input = bytes.map { CChar(bitPattern: $0) }
    var piece = [CChar](repeating: 0, count: 64 * 1024)
    var output: [UInt8] = []
    input.withUnsafeMutableBufferPointer { input in
      var source = input.baseAddress
      var left = input.count
      while left > 0 {
        let (code, made) = piece.withUnsafeMutableBufferPointer { piece in
          var target = piece.baseAddress
          var room = piece.count
          let result = iconv(converter, &source, &left, &target, &room)
          let code = result == -1 ? errno : 0
          output.append(contentsOf: piece.prefix(piece.count - room).lazy.map { UInt8(bitPattern: $0) })
          return (code, piece.count - room)
        }
        guard code == EILSEQ || code == EINVAL || code == E2BIG && made == 0 else { continue }
        output += [0xEF, 0xBF, 0xBD]
        source = source.map { $0 + 1 }
        left -= 1
      }
    }
    return output
  }

  /// Valid UTF-8 without carriage returns and control characters.
  private static func clean(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    var last: UInt8 = 0
    for byte in bytes {
      switch byte {
      case 0x0D: kept.append(0x0A)
      case 0x0A: if last != 0x0D { kept.append(byte) }
      case 0x09, 0x0C, 0x20...0x7E, 0x80...: kept.append(byte)
      default: break
      }
      last = byte
    }
    return kept
  }
}
