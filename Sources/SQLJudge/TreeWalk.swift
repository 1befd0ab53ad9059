import JSONWire

/// Walks over the tree of a statement, and refuses what is not listed.
struct TreeWalk {
  /// The text that was parsed.
  let source: [UInt8]
  /// What it reads, as it is written.
  private(set) var tables: [String] = []
  /// What it makes itself by `WITH`, wherever: a table of that name may be meant too, so this is only for telling.
  private var ownTables: Set<String> = []

  init(source: [UInt8]) { self.source = source }

  /// The whole statement.
  mutating func statement(_ tree: JSONValue) throws(SQLRefusal) -> SQLStatement.Kind {
    let (kind, fields) = try Self.split(tree)
    switch kind {
    case "ExplainStmt":
      try explain(fields)
      return .explain
    case "VariableShowStmt":
      guard let name = fields["name"]?.string, RelationRules.settings.contains(name.lowercased()) else {
        throw SQLRefusal(.notAllowed, "SHOW does not show that here.")
      }
      return .show
    default:
      try query(tree)
      return .query
    }
  }

  /// `EXPLAIN` of a query, without what would run it.
  private mutating func explain(_ fields: JSONObject) throws(SQLRefusal) {
    for (name, value) in fields.members {
      switch name {
      case "query": try query(value)
      case "options":
        for option in value.array ?? [] {
          let name = option["DefElem"]?["defname"]?.string ?? "?"
          guard ["costs", "verbose", "format", "summary"].contains(name) else {
            throw SQLRefusal(.notAllowed, "EXPLAIN does not take \(name) here.")
          }
        }
      default: throw Self.unknown(name)
      }
    }
  }

  private mutating func query(_ node: JSONValue) throws(SQLRefusal) {
    let (kind, fields) = try Self.split(node)
    guard kind == "SelectStmt" else {
      throw SQLRefusal(.notAllowed, "Only statements that read are allowed: SELECT, VALUES, WITH, EXPLAIN, SHOW.")
    }
    try walk(kind, fields)
  }

  // MARK: Nodes

  private mutating func node(_ value: JSONValue) throws(SQLRefusal) {
    // How an absent node stands in a list.
    if case .object(let object) = value, object.members.isEmpty { return }
    let (kind, fields) = try Self.split(value)
    try walk(kind, fields)
  }

  private mutating func walk(_ kind: String, _ object: JSONObject) throws(SQLRefusal) {
    guard let rules = NodeRules.fields(of: kind) else { throw Self.unknown(kind) }
    try check(kind, object)
    for (name, value) in object.members {
      switch rules[name] {
      case .plain: guard value.object == nil, value.array == nil else { throw Self.unknown("\(kind).\(name)") }
      case .node: try node(value)
      case .nodes:
        guard let values = value.array else { throw Self.unknown("\(kind).\(name)") }
        for value in values { try node(value) }
      case .fields(let kind):
        guard case .object(let fields) = value else { throw Self.unknown(kind) }
        try walk(kind, fields)
      case nil: throw Self.unknown("\(kind).\(name)")
      }
    }
  }

  /// What a kind's fields say beyond their own kinds.
  private mutating func check(_ kind: String, _ object: JSONObject) throws(SQLRefusal) {
    switch kind {
    case "FuncCall":
      try FunctionRules.check(Self.names(object["funcname"]), object["args"]?.array ?? [], source: source)
    case "RangeVar":
      let (schema, name) = (object["schemaname"]?.string, object["relname"]?.string ?? "")
      try RelationRules.check(schema: schema, name: name)
      if schema != nil || !ownTables.contains(name) {
        let full = (schema.map { $0 + "." } ?? "") + name
        if !tables.contains(full) { tables.append(full) }
      }
    case "CommonTableExpr":
      guard object["ctequery"]?["SelectStmt"] != nil else {
        throw SQLRefusal(.notAllowed, "WITH takes queries that read.")
      }
    case "SelectStmt":
      // Before what they are used by.
      for part in object["withClause"]?["ctes"]?.array ?? [] {
        if let name = part["CommonTableExpr"]?["ctename"]?.string { ownTables.insert(name) }
      }
    case "SubLink":
      guard object["subselect"]?["SelectStmt"] != nil else { throw Self.unknown("subquery") }
      try checkOperator(object["operName"])
    case "RangeSubselect":
      guard object["subquery"]?["SelectStmt"] != nil else { throw Self.unknown("subquery") }
    case "A_Expr": try checkOperator(object["name"])
    case "RangeTableSample":
      guard ["system", "bernoulli"].contains(Self.names(object["method"]).joined(separator: ".")) else {
        throw SQLRefusal(.notAllowed, "TABLESAMPLE takes SYSTEM or BERNOULLI.")
      }
    default: break
    }
  }

  /// An operator by its own name, or by PostgreSQL's schema.
  private func checkOperator(_ names: JSONValue?) throws(SQLRefusal) {
    let names = Self.names(names)
    guard names.count <= 1 || names.count == 2 && names[0] == "pg_catalog" else {
      throw SQLRefusal(.notAllowed, "The operator \(names.joined(separator: ".")) is not allowed.")
    }
  }

  /// The texts of a list of names.
  private static func names(_ list: JSONValue?) -> [String] {
    (list?.array ?? []).map { $0["String"]?["sval"]?.string ?? "" }
  }

  /// The kind and the fields of a node.
  private static func split(_ node: JSONValue) throws(SQLRefusal) -> (kind: String, fields: JSONObject) {
    guard case .object(let object) = node, object.members.count == 1, let only = object.members.first,
      case .object(let fields) = only.value
    else { throw unknown("?") }
    return (only.key, fields)
  }

  private static func unknown(_ what: String) -> SQLRefusal {
    SQLRefusal(.notAllowed, "This statement has a part that is not allowed: \(what).")
  }
}
