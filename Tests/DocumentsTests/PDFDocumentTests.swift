import Testing

@testable import Documents

/// PDFs, by the real `pdftotext`.
@Suite struct PDFDocumentTests {
  private func read(_ bytes: [UInt8], _ limits: DocumentLimits = DocumentLimits()) async throws -> ReadDocument {
    try await DocumentReader(limits: limits).read(bytes, as: .pdf)
  }

  /// Why it is refused; nil where it is not.
  private func refusal(
    _ bytes: [UInt8], _ limits: DocumentLimits = DocumentLimits(), as format: DocumentFormat = .pdf
  ) async throws -> DocumentError? {
    let reader = try DocumentReader(limits: limits)
    do throws(DocumentError) {
      _ = try await reader.read(bytes, as: format)
      return nil
    } catch {
      return error
    }
  }

  @Test func eachPageIsAHeading() async throws {
    let document = try await read(
      PDF.make(pages: [
        "BT /F 12 Tf 50 700 Td (Care of the lamp) Tj 0 -20 Td (Never divi-) Tj 0 -14 Td (ded #words) Tj ET",
        "BT /F 12 Tf 50 700 Td (Switch it off.) Tj ET",
      ]))
    #expect(document.title == "Care of the lamp")
    let text = String(decoding: document.markdown, as: UTF8.self)
    #expect(text.hasPrefix("## Page 1 {#page=1}\n\nCare of the lamp"))
    #expect(text.contains("divided #words") && text.contains("## Page 2 {#page=2}\n\nSwitch it off."))
  }

  @Test func brokenOnesAreRefused() async throws {
    let whole = PDF.make(pages: ["BT /F 12 Tf 50 700 Td (Words) Tj ET"])
    #expect(try await refusal(Array("no pdf at all".utf8))?.code == .unreadable)
    #expect(try await refusal(Array("%PDF-1.7\n".utf8))?.code == .unreadable)
    #expect(try await refusal([]) == DocumentError(.empty, "there is nothing in it"))
    #expect(try await refusal(PDF.make(pages: ["0 0 m 9 9 l S"]))?.code == .empty)
    // Cut anywhere, it is read or refused.
    for end in stride(from: 10, to: whole.count, by: 97) {
      let code = try await refusal(Array(whole[..<end]))?.code
      #expect(code == nil || code == .unreadable || code == .empty, "\(end)")
    }
  }

  @Test func bombsEnd() async throws {
    var limits = DocumentLimits()
    (limits.pdfSeconds, limits.pdfMegabytes, limits.textBytes, limits.pages) = (2, 128, 100_000, 50)
    // A page that calls a form which calls a form ..., ten times each: 10^9 words.
    #expect(try await refusal(PDF.bomb(), limits) != nil)
    // The others are not about time.
    limits.pdfSeconds = 60
    let many = PDF.make(pages: Array(repeating: "BT /F 12 Tf (x) Tj ET", count: 60))
    #expect(try await refusal(many, limits) == DocumentError(.tooLarge, "it has more than 50 pages"))
    let line = "0 -2 Td (\(String(repeating: "word ", count: 50))) Tj "
    let page = "BT /F 1 Tf 10 700 Td " + String(repeating: line, count: 100) + "ET"
    let long = PDF.make(pages: Array(repeating: page, count: 40))
    #expect(
      try await refusal(long, limits) == DocumentError(.tooLarge, "there are more than 100000 bytes of text in it"))
  }

  @Test func whatAProgramMayDoIsLimited() {
    func run(_ script: String, seconds: Int = 60) -> LimitedProcess.End {
      LimitedProcess(arguments: ["/bin/sh", "-c", script], seconds: seconds, megabytes: 64, outputBytes: 1000)
        .run(Array("input".utf8))
    }
    #expect(run("cat") == .done(Array("input".utf8)))
    #expect(run("exit 3") == .failed && run("kill -9 $$") == .failed)
    #expect(run("yes") == .tooMuch && run("sleep 60", seconds: 1) == .timedOut)
    #expect(run("echo x > /tmp/skein-limited-process") == .failed, "no file grows")
    #expect(run("x=a; while :; do x=$x$x; done") != .done([]))
    #expect(run("env | grep -c SKEIN; ls /proc/self/fd | wc -l") == .done(Array("0\n4\n".utf8)))
    let missing = LimitedProcess(arguments: ["/nowhere"], seconds: 1, megabytes: 64, outputBytes: 1)
    #expect(missing.run([]) == .failed)
  }

  @Test func oneAfterTheOtherAndNotTooMany() async throws {
    var limits = DocumentLimits()
    limits.waiting = 0
    let words = Array("words".utf8)
    #expect(
      try await refusal(words, limits, as: .text)
        == DocumentError(.busy, "too many documents are being read at this moment"))
    limits.bytes = 3
    #expect(try await refusal(words, limits, as: .text) == DocumentError(.tooLarge, "it is larger than 3 bytes"))
  }
}

/// PDFs made by hand (ISO 32000-1 section 7.5), without compression.
enum PDF {
  static func make(pages: [String], forms: [String] = []) -> [UInt8] {
    var objects: [String] = []
    let first = 4
    let formsAt = first + 2 * pages.count
    let kids = pages.indices.map { "\(first + 2 * $0) 0 R" }.joined(separator: " ")
    objects.append("<< /Type /Catalog /Pages 2 0 R >>")
    objects.append("<< /Type /Pages /Count \(pages.count) /Kids [\(kids)] >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    let names = forms.indices.map { "/X\($0) \(formsAt + $0) 0 R" }.joined(separator: " ")
    let resources = "/Resources << /Font << /F 3 0 R >> /XObject << \(names) >> >>"
    for (index, page) in pages.enumerated() {
      objects.append(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] \(resources) /Contents \(first + 2 * index + 1) 0 R >>")
      objects.append("<< /Length \(page.utf8.count) >>\nstream\n\(page)\nendstream")
    }
    for form in forms {
      objects.append(
        "<< /Type /XObject /Subtype /Form /BBox [0 0 600 800] \(resources) /Length \(form.utf8.count) >>\nstream\n\(form)\nendstream"
      )
    }
    var text = "%PDF-1.4\n"
    var offsets: [Int] = []
    for (index, object) in objects.enumerated() {
      offsets.append(text.utf8.count)
      text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
    }
    let start = text.utf8.count
    text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for offset in offsets {
      let digits = "\(offset)"
      text += String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n"
    }
    text += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
    return Array(text.utf8)
  }

  /// Forms that show one another ten times each, nine deep.
  static func bomb() -> [UInt8] {
    let forms = (0..<9).map { level in
      level == 8 ? "BT /F 1 Tf 10 10 Td (word word word) Tj ET" : String(repeating: "/X\(level + 1) Do ", count: 10)
    }
    return make(pages: ["/X0 Do"], forms: forms)
  }
}
