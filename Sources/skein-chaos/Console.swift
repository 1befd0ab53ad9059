import Glibc

/// Lines on standard output, each written at once.
enum Console {
  static func say(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
  }

  static func complain(_ line: String) {
    var text = "skein-chaos: " + line + "\n"
    text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
  }
}
