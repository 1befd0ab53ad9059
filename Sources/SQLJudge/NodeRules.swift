/// The kinds of nodes that a statement may be made of, and the fields of each. The names are those of PostgreSQL's
/// `nodes/parsenodes.h` and `nodes/primnodes.h`. What is not here is refused: `intoClause` and `lockingClause` of a
/// `SELECT`, whatever writes, functions that make tables of XML, parameters.
enum NodeRules {
  /// What a field may hold.
  enum Field {
    /// A number, a text or a truth value, which changes nothing about what can be reached.
    case plain
    /// A node.
    case node
    /// A list of nodes.
    case nodes
    /// The fields of a kind, without its name.
    case fields(String)
  }

  static func fields(of kind: String) -> [String: Field]? { kinds[kind] }

  private static let kinds: [String: [String: Field]] = [
    // Queries.
    "SelectStmt": [
      "distinctClause": .nodes, "targetList": .nodes, "fromClause": .nodes, "whereClause": .node,
      "groupClause": .nodes, "groupDistinct": .plain, "havingClause": .node, "windowClause": .nodes,
      "valuesLists": .nodes, "sortClause": .nodes, "limitOffset": .node, "limitCount": .node, "limitOption": .plain,
      "withClause": .fields("WithClause"), "op": .plain, "all": .plain, "larg": .fields("SelectStmt"),
      "rarg": .fields("SelectStmt"),
    ],
    "WithClause": ["ctes": .nodes, "recursive": .plain, "location": .plain],
    "CommonTableExpr": [
      "ctename": .plain, "aliascolnames": .nodes, "ctematerialized": .plain, "ctequery": .node,
      "search_clause": .fields("CTESearchClause"), "cycle_clause": .fields("CTECycleClause"), "location": .plain,
    ],
    "CTESearchClause": [
      "search_col_list": .nodes, "search_breadth_first": .plain, "search_seq_column": .plain, "location": .plain,
    ],
    "CTECycleClause": [
      "cycle_col_list": .nodes, "cycle_mark_column": .plain, "cycle_mark_value": .node, "cycle_mark_default": .node,
      "cycle_path_column": .plain, "location": .plain,
    ],
    "ResTarget": ["name": .plain, "indirection": .nodes, "val": .node, "location": .plain],
    "SortBy": ["node": .node, "sortby_dir": .plain, "sortby_nulls": .plain, "location": .plain],
    "GroupingSet": ["kind": .plain, "content": .nodes, "location": .plain],
    "WindowDef": [
      "name": .plain, "refname": .plain, "partitionClause": .nodes, "orderClause": .nodes, "frameOptions": .plain,
      "startOffset": .node, "endOffset": .node, "location": .plain,
    ],
    // What they read from.
    "RangeVar": [
      "schemaname": .plain, "relname": .plain, "inh": .plain, "relpersistence": .plain, "alias": .fields("Alias"),
      "location": .plain,
    ],
    "RangeSubselect": ["lateral": .plain, "subquery": .node, "alias": .fields("Alias")],
    "RangeFunction": [
      "lateral": .plain, "ordinality": .plain, "is_rowsfrom": .plain, "functions": .nodes, "alias": .fields("Alias"),
      "coldeflist": .nodes,
    ],
    "RangeTableSample": ["relation": .node, "method": .nodes, "args": .nodes, "repeatable": .node, "location": .plain],
    "JoinExpr": [
      "jointype": .plain, "isNatural": .plain, "larg": .node, "rarg": .node, "usingClause": .nodes,
      "join_using_alias": .fields("Alias"), "quals": .node, "alias": .fields("Alias"), "rtindex": .plain,
    ],
    "Alias": ["aliasname": .plain, "colnames": .nodes],
    "ColumnDef": [
      "colname": .plain, "typeName": .fields("TypeName"), "is_local": .plain, "collClause": .fields("CollateClause"),
      "location": .plain,
    ],
    // Expressions.
    "ColumnRef": ["fields": .nodes, "location": .plain],
    "A_Star": [:],
    "A_Const": [
      "ival": .fields("Integer"), "fval": .fields("Float"), "boolval": .fields("Boolean"), "sval": .fields("String"),
      "bsval": .fields("BitString"), "isnull": .plain, "location": .plain,
    ],
    "Integer": ["ival": .plain],
    "Float": ["fval": .plain],
    "Boolean": ["boolval": .plain],
    "String": ["sval": .plain],
    "BitString": ["bsval": .plain],
    "List": ["items": .nodes],
    "A_Expr": ["kind": .plain, "name": .nodes, "lexpr": .node, "rexpr": .node, "location": .plain],
    "BoolExpr": ["boolop": .plain, "args": .nodes, "location": .plain],
    "NullTest": ["arg": .node, "nulltesttype": .plain, "argisrow": .plain, "location": .plain],
    "BooleanTest": ["arg": .node, "booltesttype": .plain, "location": .plain],
    "CaseExpr": ["arg": .node, "args": .nodes, "defresult": .node, "location": .plain],
    "CaseWhen": ["expr": .node, "result": .node, "location": .plain],
    "CoalesceExpr": ["args": .nodes, "location": .plain],
    "MinMaxExpr": ["op": .plain, "args": .nodes, "location": .plain],
    "RowExpr": ["args": .nodes, "row_format": .plain, "colnames": .nodes, "location": .plain],
    "SubLink": [
      "subLinkType": .plain, "subLinkId": .plain, "testexpr": .node, "operName": .nodes, "subselect": .node,
      "location": .plain,
    ],
    "A_ArrayExpr": ["elements": .nodes, "location": .plain],
    "A_Indirection": ["arg": .node, "indirection": .nodes],
    "A_Indices": ["is_slice": .plain, "lidx": .node, "uidx": .node],
    "TypeCast": ["arg": .node, "typeName": .fields("TypeName"), "location": .plain],
    "TypeName": [
      "names": .nodes, "typmods": .nodes, "typemod": .plain, "arrayBounds": .nodes, "location": .plain,
    ],
    "CollateClause": ["arg": .node, "collname": .nodes, "location": .plain],
    "FuncCall": [
      "funcname": .nodes, "args": .nodes, "agg_order": .nodes, "agg_filter": .node, "over": .fields("WindowDef"),
      "agg_within_group": .plain, "agg_star": .plain, "agg_distinct": .plain, "func_variadic": .plain,
      "funcformat": .plain, "location": .plain,
    ],
    "NamedArgExpr": ["arg": .node, "name": .plain, "argnumber": .plain, "location": .plain],
    "GroupingFunc": ["args": .nodes, "location": .plain],
    "SQLValueFunction": ["op": .plain, "typmod": .plain, "location": .plain],
  ]
}
