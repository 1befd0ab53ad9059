import Glibc

/// The process's limit of open files: a connection is one, and so is nearly all else.
enum OpenFiles {
  /// What is wanted beside connections, for the database's connections, listeners and files.
  static let besideConnections = 200

  /// Raises the limit as far as it may be raised: what a shell or a service manager sets at first suits programs that
  /// hold no connections.
  static func raiseLimit() {
    guard var limit = limits, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }

  /// The limit; nil where it can't be read.
  static var limit: Int? { limits.map { Int(clamping: $0.rlim_cur) } }

  private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

  private static var limits: rlimit? {
    var limit = rlimit()
    return getrlimit(resource, &limit) == 0 ? limit : nil
  }
}
