/// What has happened in a run. It belongs to the loop's thread, and is read once that has ended.
struct Counts {
  // The proxy.
  var links = 0
  var resets = 0
  var finishes = 0
  var swallowed = 0
  var refusals = 0
  var stalls = 0
  var delayed = 0
  /// Of connections between nodes and the database.
  var databaseCuts = 0
  /// Connections that the proxy has ended, or made half open.
  var cuts: Int { resets + finishes + swallowed }

  // The clients.
  var connections = 0
  var resumed = 0
  var fresh = 0
  var givenUp = 0
  var sent = 0
  var resent = 0
  var acknowledged = 0
  var duplicates = 0
  var refused = 0
  var stops = 0
  var retries = 0
  var updates = 0
  var pages = 0
  /// Ends of answers that were shorter than what the client had of them.
  var cutAnswers = 0
  var frames = 0
  /// How connections have ended, and errors, by code.
  var closes: [UInt16: Int] = [:]
  var errors: [String: Int] = [:]
}
