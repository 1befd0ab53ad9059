import Calendar
import Glibc
import JSONWire
import Postgres

/// Tells what time it is. Time zones are PostgreSQL's, which keeps them up to date.
struct TimeTool: Tool {
  let client: PostgresClient?

  var description: ToolDescription {
    var description = ToolDescription(
      name: "current_time", title: "Looks at the clock",
      purpose: "Tells the current date, weekday and time, in UTC or in a time zone.",
      arguments: [
        "timezone": [
          "type": "string", "maxLength": 64,
          "description": "An IANA name such as Europe/Berlin; UTC where it is left out.",
        ]
      ])
    description.mayRepeat = true
    return description
  }

  func call(_ arguments: JSONObject, for request: AgentRequest) async throws -> ToolResult {
    let zone = arguments["timezone"]?.string ?? "UTC"
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let utc = Timestamp.rfc3339(milliseconds: Int64(time.tv_sec) * 1000)
    guard zone != "UTC" else { return ToolResult("\(utc) (UTC)") }
    // PostgreSQL takes POSIX rules too, in which signs are the other way round.
    let isName =
      zone.utf8.contains(UInt8(ascii: "/"))
      && zone.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "+", "/": true
        default: false
        }
      }
    guard isName else { throw ToolError("There is no time zone of that name; they are called like Europe/Berlin.") }
    guard let client else { throw ToolError("Only UTC is known here: it is \(utc).") }
    do throws(PostgresError) {
      let rows = try await client.query(Self.statement, [.text(zone), .int8(Int64(time.tv_sec))])
      return ToolResult("\(try rows.text(0, 0)) (\(zone)); \(utc) (UTC)")
    } catch {
      guard error.sqlstate == "22023" else { throw ToolError("The time zone can't be looked up: in UTC it is \(utc).") }
      throw ToolError("There is no time zone of that name; they are called like Europe/Berlin.")
    }
  }

  private static let statement: PostgresStatement = """
    SELECT to_char(to_timestamp($2::int8) AT TIME ZONE $1::text, 'FMDay YYYY-MM-DD"T"HH24:MI:SS')
    """
}
