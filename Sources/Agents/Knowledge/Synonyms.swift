/// Words that one person writes where another writes a different one.
enum Synonyms {
  /// Other words for a word; empty for most.
  static func of(_ word: String) -> [String] {
    let known = ([word] + plainForms(of: word)).lazy.compactMap { form in index[form].map { (form, $0) } }.first
    guard let (form, groups) = known else { return [] }
    return groups.flatMap { $0 }.filter { $0 != word && $0 != form }
  }

  /// All words that have other words.
  static let words = index.keys.sorted()

  /// Other forms of a word that stemming does not bring together ("kept" and "keep").
  static func inflections(of word: String) -> [String] {
    (irregular[word] ?? []).flatMap { $0 }.filter { $0 != word }
  }

  /// What a word may be a form of, as "retries", "retried" and "retrying" are of "retry"; the likeliest first.
  private static func plainForms(of word: String) -> [String] {
    var forms = endings.flatMap { ending, plain -> [String] in
      guard word.hasSuffix(ending), word.count - ending.count >= 3 else { return [] }
      return plain.map { word.dropLast(ending.count) + $0 }
    }
    // "Stopped", "putting".
    forms += forms.compactMap { form in
      guard form.count > 3, let last = form.last, form.dropLast().last == last else { return nil }
      return String(form.dropLast())
    }
    return forms + (irregular[word] ?? []).flatMap { $0.prefix(1) }
  }

  private static let endings = [
    ("ies", ["y"]), ("ied", ["y"]), ("es", ["", "e"]), ("s", [""]), ("ed", ["", "e"]), ("ing", ["", "e"]),
  ]

  private static let index = table(lines)
  private static let irregular = table(irregularLines)

  private static func table(_ lines: String) -> [String: [[String]]] {
    var table: [String: [[String]]] = [:]
    for line in lines.split(separator: "\n") {
      let group = line.split(separator: " ").map(String.init)
      for word in group { table[word, default: []].append(group) }
    }
    return table
  }

  private static let irregularLines = """
    begin began begun
    break broke broken
    bring brought
    build built
    buy bought
    choose chose chosen
    die dying
    draw drew drawn
    feel felt
    find found
    forget forgot forgotten
    get got
    give gave given
    go went gone
    grow grew grown
    hide hid hidden
    hold held
    keep kept
    know knew known
    lead led
    leave left
    lose lost
    make made
    mean meant
    pay paid
    rise rose risen
    run ran
    see saw seen
    send sent
    show shown
    speak spoke spoken
    spend spent
    steal stole stolen
    take took taken
    tell told
    think thought
    wake woke woken
    write wrote written writing
    """

  private static let lines = """
    delete remove erase drop purge
    start launch begin boot run
    stop halt quit shutdown terminate cancel abort
    set change configure setting option modify adjust edit alter
    setting option configuration config parameter variable flag preference
    install setup installation deploy
    database db postgres postgresql
    crash die died dead death kill killed fail failure outage
    password credential secret passphrase
    key credential token secret
    error failure fault problem
    limit maximum max cap bound quota restriction
    minimum min least
    login signin authenticate authentication logon
    logout signout logoff
    user account person member visitor
    fast speed performance quick latency throughput
    slow latency delay lag
    restart reboot reload
    backup dump snapshot copy
    restore recover recovery
    upgrade update migrate migration
    price cost pricing fee
    buy purchase order
    picture image photo
    folder directory dir
    file document
    website site webpage page
    chat conversation session dialogue
    message msg text
    reply answer response
    send post submit
    receive get fetch
    port address host
    bot chatbot agent assistant
    certificate cert
    display show
    rate rating vote feedback thumb like dislike
    regenerate redo retry
    repeat reproduce replay
    weakness vulnerability hole flaw
    prove verify test
    subcommand command
    pay cost price
    discard delete remove
    admin administrator
    documentation manual handbook guide
    kubernetes k8s kubectl
    longest largest biggest maximum limit
    device phone mobile browser client
    offline network connection wifi internet
    probe check health
    program software application app
    steal hijack
    customer user visitor
    example sample
    space disk storage
    dump backup
    switch enable activate
    secure security safe protect protection
    encrypt encryption tls ssl
    test check verify
    log logging logs journal
    bug defect fault
    timeout deadline expire expiry expiration
    expire expiry lifetime ttl
    permission access right privilege authorization
    disconnect offline drop lost
    reconnect resume reconnection
    connect connection attach link
    requirement prerequisite dependency need
    version release edition
    license licence licensing
    support help contact
    embed integrate include
    wait pause delay
    old older earlier previous
    data measurement record
    begin start
    retry repeat again
    size length big large bytes
    interval frequency period
    name title call
    rename title
    search find look
    machine server node host computer
    store save keep persist
    forbid refuse reject deny block
    library package dependency
    programming written language
    """
}
