/// What counts how much for the order of passages, beside the part of the question's weight that they have, which is 1
/// at most where each word stands there once. Looked for with the questions of Tests/Evaluation, where small changes of
/// any of these change little.
extension Ranking {
  enum Marks {
    /// Many of the asked words near one another, as PostgreSQL sees it.
    static let density = 0.1
    /// The question's neighbouring words are neighbours.
    static let neighbours = 0.25
    /// The passage's own heading speaks of nothing but what is asked.
    static let heading = 0.3
    /// What the passages before and behind it in its section have of the question, and it has not.
    static let section = 0.3
    /// A number is asked for, and there is one.
    static let number = 0.15
    /// What the conversation was about before, and the document that the last answer came from.
    static let context = 0.45
    static let sameDocument = 0.06

    /// A word in a heading is as so many in the text; one in the document's title.
    static let inHeading = 3.0
    static let inTitle = 0.5
    /// A word of asking and doing in a heading.
    static let softWord = 0.4
    /// How fast more of the same word comes to count nothing, and how much a long text takes from each; as BM25's k1, b.
    static let saturation = 1.2
    static let length = 0.7
    /// The length of a usual passage, in bytes.
    static let usualLength = 900.0
  }
}
