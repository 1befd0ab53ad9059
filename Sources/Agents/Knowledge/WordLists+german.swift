extension WordLists {
  static let german = WordLists(
    language: "german", empty: emptyGerman, soft: softGerman,
    pointers: list("es das dies diese dieser dieses sie ihn ihm ihnen er davon dazu damit darüber dafür dabei dort da"),
    numberPairs: [
      "wie viel", "wie viele", "wie lange", "wie groß", "wie oft", "wie alt", "wie schnell", "wie hoch", "wie weit",
      "wie klein", "wie kurz", "wie lang", "wie schwer", "wie teuer", "welcher port", "welche version",
    ],
    measures: list(
      """
      ms s sekunde sekunden minute minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre
      jahren bytes kb mb gb kib mib gib euro cent prozent kg km cm mm unbegrenzt
      """),
    reasonWords: ["warum", "wieso", "weshalb"],
    reasons: [
      " weil ", " damit ", " denn ", " deshalb ", " daher ", " darum ", " sonst ", " grund ", " sodass ", " um zu ",
      " verhindert ", " vermeidet ", " dadurch ", " würde ", " deswegen ",
    ],
    isCommon: { softGerman.contains($0) || emptyGerman.contains($0) }, synonyms: { synonymsOfGerman[$0] ?? [] },
    wordsWithSynonyms: synonymsOfGerman.keys.sorted(), inflections: { spellings(of: $0) })

  private static func list(_ words: String) -> Set<String> {
    Set(words.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  /// How a word may be written with umlauts, where a keyboard had none.
  static func spellings(of word: String) -> [String] {
    var spellings: Set<String> = [word]
    for (plain, umlaut) in [("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß")] {
      for spelling in spellings where spelling.contains(plain) {
        spellings.insert(spelling.replacing(plain, with: umlaut))
      }
      for spelling in spellings where spelling.contains(umlaut) {
        spellings.insert(spelling.replacing(umlaut, with: plain))
      }
    }
    return spellings.subtracting([word]).sorted()
  }

  private static let emptyGerman = list(
    """
    der die das den dem des ein eine einer eines einem einen kein keine keiner keines keinem keinen
    ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihn ihnen
    mein meine meinen meinem meiner meines dein deine deinen deinem deiner sein seine seinen seinem seiner unser unsere unseren
    unserem unserer euer eure eurer ihre ihren ihrem ihrer ihres
    ist sind war waren bin bist sei wird werden wurde wurden worden werde hat haben hatte hatten habe hast gewesen
    kann können konnte könnte könnten darf dürfen dürfte muss muß müssen musste soll sollen sollte will wollen wollte
    möchte möchten mag würde würden lassen lässt
    und oder aber wenn als ob dass daß weil denn auch nur noch schon mal eben doch ja nein bitte hallo danke nicht
    in im an am auf aus bei beim mit nach von vom zu zum zur über unter vor hinter zwischen durch für gegen ohne um bis seit
    während wegen ab je pro
    was wer wen wem wessen wie wo wann warum wieso weshalb welche welcher welches welchen welchem wohin woher womit wofür
    wozu woran worauf wodurch
    hier dort da dann so sehr mehr man jetzt immer nie niemals etwas nichts alle alles allen aller jeder jede jedes jeden
    andere anderen anderer anderes manche einige viele vielen viel wenig wenige etwa ungefähr
    diese dieser dieses diesen diesem jene solche selbst eigentlich überhaupt denn
    """)

  private static let softGerman = list(
    """
    geben gibt gebe geht gehen ging machen macht mache gemacht tun tut getan benutzen benutze benutzt nutzen nutze nutzt
    verwenden verwende verwendet brauche brauchen braucht benötige benötigen benötigt funktioniert funktionieren bekomme
    bekommen bekommt erhalte erhalten erhält finde finden findet einstellen ändern ändere frage fragen antwort hilfe helfen
    hilft erklären erklärung erkläre bedeutet bedeuten heißt heißen beispiel beispiele möglich möglichkeit genau wichtig
    einfach gut besser neu neue neuen alt alte tag tage tagen lange lang oft sagen sage sagt zeigen zeige zeigt wissen weiß
    kenne kennen nehmen nehme nimmt passiert passieren geschieht richtig falsch problem probleme art arten ding dinge sache
    sachen weg schritt schritte grund gründe unterschied erlaubt dürfte gelten gilt steht stehen liegt liegen kommt kommen
    komme bringen bringe setzen setze stellen stelle halten hält bleibt bleiben minute minuten stunde stunden woche wochen
    monat monate jahr jahre groß große großen klein kleine hoch
    """)

  private static let synonymsOfGerman: [String: [String]] = {
    var table: [String: [String]] = [:]
    for line in groupsOfGerman.split(separator: "\n") {
      let group = line.split(separator: " ").map(String.init)
      for word in group { table[word, default: []] += group.filter { $0 != word } }
    }
    return table
  }()

  private static let groupsOfGerman = """
    löschen entfernen tilgen
    kosten preis gebühr preise gebühren kostet
    kündigen kündigung beenden vertragsende
    passwort kennwort zugangsdaten
    anmelden anmeldung einloggen login registrieren
    abmelden ausloggen logout
    bezahlen zahlen zahlung bezahlung begleichen
    rechnung beleg quittung
    lieferung versand zustellung liefern versenden verschicken
    zurückgeben rückgabe zurückschicken retoure rücksendung umtauschen umtausch
    defekt kaputt fehler störung beschädigt
    reparieren reparatur instandsetzung
    garantie gewährleistung
    telefon telefonnummer anrufen hotline
    kontakt erreichen ansprechpartner
    öffnungszeiten geöffnet offen
    reinigen reinigung säubern putzen pflege
    einschalten anschalten starten anmachen
    ausschalten abschalten stoppen ausmachen
    akku batterie
    aufladen laden ladezeit
    einrichten installieren installation einrichtung
    einstellung einstellungen konfiguration option
    sicherung backup datensicherung
    größe maße abmessungen
    gewicht schwer wiegt
    urlaub ferien
    konto account benutzerkonto
    mail email e-mail
    """
}
