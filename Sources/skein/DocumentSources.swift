import Documents
import Glibc

/// The documents that words of the command line name: files, folders, addresses, and lists of addresses.
struct DocumentSources: Sendable {
  enum Source: Sendable, Equatable {
    case file(String, DocumentFormat)
    case address(String)
  }

  struct Item: Sendable, Equatable {
    /// What it is called on its site: a path below the folder that was named, or its address.
    let name: String
    let source: Source
  }

  private(set) var items: [Item] = []
  /// What is of no use, and why.
  private(set) var refused: [(name: String, reason: String)] = []
  private var names: Set<String> = []

  private static let deepest = 32
  private static let mostItems = 100_000
  private static let listBytes = 16 * 1024 * 1024

  init(_ words: [String]) throws(UsageError) {
    for word in words {
      if word.isAddress {
        add(Item(name: word, source: .address(word)))
      } else if word.hasPrefix("@") {
        try addList(String(word.dropFirst()))
      } else {
        try addPath(word)
      }
    }
    guard items.count <= Self.mostItems else {
      throw UsageError(message: "these are more than \(Self.mostItems) documents")
    }
  }

  private mutating func addList(_ path: String) throws(UsageError) {
    guard let bytes = FileBytes.read(path, most: Self.listBytes) else {
      throw UsageError(message: "\(path) can't be read")
    }
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let text = String(line.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
      if text.isEmpty || text.hasPrefix("#") { continue }
      if text.isAddress {
        add(Item(name: text, source: .address(text)))
      } else {
        refused.append((String(text.prefix(200)), "it is no address by http or https"))
      }
    }
  }

  private mutating func addPath(_ path: String) throws(UsageError) {
    guard let real = FileBytes.realPath(path) else { throw UsageError(message: "\(path) is not there") }
    if FileBytes.isFolder(real) {
      addFolder(real, below: "", root: real, depth: 0)
    } else {
      addFile(real, named: String(path.split(separator: "/").last ?? "document"))
    }
  }

  private mutating func addFolder(_ folder: String, below prefix: String, root: String, depth: Int) {
    guard depth < Self.deepest else { return refused.append((prefix, "folders are nested too deep here")) }
    guard let entries = FileBytes.names(in: folder) else { return refused.append((prefix, "it can't be read")) }
    // What is hidden is none of the readers'.
    for entry in entries.sorted() where !entry.hasPrefix(".") && items.count <= Self.mostItems {
      let name = prefix.isEmpty ? entry : prefix + "/" + entry
      let path = folder + "/" + entry
      // A link that leads out of the folder would publish what nobody has named.
      guard let real = FileBytes.realPath(path), real == path || real.hasPrefix(root + "/") else {
        refused.append((name, "it is a link that leads out of the folder, or nowhere"))
        continue
      }
      if FileBytes.isFolder(real) {
        // A linked folder is visited where it stands.
        if real == path { addFolder(real, below: name, root: root, depth: depth + 1) }
      } else if DocumentFormat(name: entry) != nil {
        addFile(real, named: name)
      }
    }
  }

  private mutating func addFile(_ path: String, named name: String) {
    guard String(validating: Array(name.utf8), as: UTF8.self) != nil, let format = DocumentFormat(name: name) else {
      return refused.append((name, "it is neither Markdown, HTML, plain text nor PDF by its name"))
    }
    add(Item(name: name, source: .file(path, format)))
  }

  private mutating func add(_ item: Item) {
    guard names.insert(item.name).inserted else {
      return refused.append((item.name, "another one is called so"))
    }
    items.append(item)
  }
}

extension String {
  fileprivate var isAddress: Bool { hasPrefix("https://") || hasPrefix("http://") }
}

/// Files as documents come from them.
enum FileBytes {
  /// The content of a regular file; nil where it can't be read, or is larger than allowed.
  static func read(_ path: String, most: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= most else {
      return nil
    }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 256 * 1024)
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count < 0 { return nil }
      if count == 0 { return bytes }
      bytes += piece[..<count]
      guard bytes.count <= most else { return nil }
    }
  }

  static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Nil where the folder can't be read.
  static func names(in folder: String) -> [String]? {
    guard let directory = opendir(folder) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      // d_name is an array of fixed size in C; its length is what comes before the first zero.
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
