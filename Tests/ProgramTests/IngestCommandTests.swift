import Glibc
import HTTPWire
import SkeinTestKit
import Testing

/// `skein ingest` and `skein eval`, as processes.
@Suite struct IngestCommandTests {
  private let url: String
  private let folder: String

  init() async throws {
    url = try await PrivatePostgres.shared().database()
    folder = try TemporaryFolder.make("skein-ingest")
  }

  private func run(_ arguments: String...) async throws -> Program.End {
    try await Program(arguments + ["--database-url", url]).end()
  }

  private func write(_ path: String, _ text: String) throws {
    try write(path, Array(text.utf8))
  }

  private func write(_ path: String, _ bytes: [UInt8]) throws {
    var parent = folder
    for name in path.split(separator: "/").dropLast() {
      parent += "/" + name
      mkdir(parent, 0o755)
    }
    let file = try #require(fopen("\(folder)/\(path)", "wb"))
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }

  private func lines(_ end: Program.End) -> [String] { end.output.split(separator: "\n").map(String.init) }

  @Test func aFolderIsLoadedOnceAndKeptUp() async throws {
    defer { TemporaryFolder.remove(folder) }
    try write("site/a.md", "# Apples\n\nGreen.")
    try write("site/deep/b.html", "<title>Pears</title><h1>Pears</h1><p>Yellow.")
    try write("site/deep/c.txt", [0x4F, 0x62, 0x73, 0x74, 0x20, 0xFC, 0x62, 0x65, 0x72, 0x61, 0x6C, 0x6C])
    try write("site/image.png", "no document")
    try write("site/.hidden.md", "# Hidden")
    let first = try await run("ingest", folder + "/site", "--collection", "fruit")
    #expect(first.code == 0 && lines(first).first == "loaded:    3 (3 new, 0 in a new version)", "\(first)")
    let second = try await run("ingest", "--collection=fruit", folder + "/site")
    #expect(lines(second).prefix(2) == ["loaded:    0 (0 new, 0 in a new version)", "unchanged: 3"])
    try write("site/a.md", "# Apples\n\nRed.")
    rename(folder + "/site/deep/b.html", folder + "/site/deep/p.html")
    let third = try await run("ingest", folder + "/site", "--collection", "fruit", "--prune")
    #expect(
      lines(third).prefix(4) == [
        "loaded:    2 (1 new, 1 in a new version)", "unchanged: 1", "removed:   1", "doubles:   0",
      ], "\(third)")
    // Another collection has nothing of this one; the same text is there once.
    let fourth = try await run("ingest", folder + "/site/a.md")
    #expect(fourth.code == 0 && fourth.output.contains("a.md: the same as a.md"), "\(fourth)")
  }

  @Test func whatWaitsForVectorsIsTold() async throws {
    defer { TemporaryFolder.remove(folder) }
    try write("site/a.md", "# Apples\n\nGreen.")
    let service = try await ScriptedService { _ in ServiceScript.whole(401, "{}") }
    let embeddings = ["--embeddings-url", service.url, "--embeddings-model", "tiny"]
    func ingest() async throws -> Program.End {
      try await Program(["ingest", folder + "/site", "--database-url", url] + embeddings).end()
    }
    let first = try await ingest()
    #expect(first.code == 0 && lines(first).last == "vectors:   1 of 1 passages wait", "\(first)")
    let told = try await run("ingest", folder + "/site")
    #expect(!told.output.contains("vectors:"))
    // Whoever makes them has noted that they do not come.
    try write("questions.jsonl", #"{"question": "apples", "expected": ["a.md"]}"#)
    let evaluation = try await Program(["eval", folder + "/questions.jsonl", "--database-url", url] + embeddings).end()
    #expect(evaluation.code == 1, "\(evaluation)")
    let second = try await ingest()
    #expect(
      lines(second).last?.hasPrefix(
        "vectors:   1 of 1 passages wait: The embeddings model did not accept this server's key. (since 20") == true,
      "\(second)")
    await service.close()
  }

  @Test func whatCantBeLoadedIsNamed() async throws {
    defer { TemporaryFolder.remove(folder) }
    try write("secret.md", "# Secret")
    try write("site/a.md", "# Apples\n\nGreen.")
    try write("site/empty.md", "")
    try write("site/broken.pdf", "%PDF-1.7 and nothing")
    try write("site/deep.html", String(repeating: "<div>", count: 5000) + "x")
    symlink("../secret.md", folder + "/site/link.md")
    symlink("..", folder + "/site/up")
    symlink("a.md", folder + "/site/own.md")
    let end = try await run("ingest", folder + "/site")
    #expect(end.code == 1 && end.errors.contains("5 could not be loaded"), "\(end)")
    #expect(end.output.contains("loaded:    1 (1 new"))
    #expect(end.output.contains("empty.md: there is nothing in it"))
    #expect(end.output.contains("broken.pdf: "))
    #expect(end.output.contains("deep.html: its elements are nested deeper than 512"))
    #expect(end.output.contains("link.md: it is a link that leads out of the folder"))
    #expect(end.output.contains("up: it is a link that leads out of the folder"))
    #expect(end.output.contains("own.md: the same as a.md"))
    let missing = try await run("ingest", folder + "/none")
    #expect(missing.code == 1 && missing.errors.contains("is not there"))
    let other = try await run("ingest", "--site", "nobody", folder + "/site")
    #expect(other.code == 1 && other.errors.contains("there is no site nobody"))
    #expect(try await run("ingest").code == 1)
  }

  @Test func pagesOfTheWebAreLoaded() async throws {
    defer { TemporaryFolder.remove(folder) }
    let service = try await ScriptedService { request in
      request.head.path == "/one"
        ? ServiceScript.whole(200, "<h1 id=top>One</h1><p>The quokka eats leaves.", type: "text/html")
        : ServiceScript.whole(404, "")
    }
    try write("pages.txt", "# pages\n\(service.url)/one\n\n\(service.url)/two\nfile:///etc/passwd\n")
    let refused = try await run("ingest", "@\(folder)/pages.txt")
    #expect(refused.code == 1 && refused.output.contains("its address is none of the public internet"), "\(refused)")
    let taken = try await run("ingest", "@\(folder)/pages.txt", "--inner-documents")
    #expect(taken.output.contains("loaded:    1 (1 new") && taken.output.contains("its server answers 404"), "\(taken)")
    #expect(taken.output.contains("file:///etc/passwd: it is no address"))
    try write(
      "questions.jsonl",
      "{\"question\": \"What do quokkas eat?\", \"expected\": [\"\(service.url)/one#top\"]}\n"
        + "{\"question\": \"What do quokkas eat?\", \"expected\": [\"nowhere\"]}\n")
    let eval = try await run("eval", folder + "/questions.jsonl")
    #expect(eval.code == 0 && eval.output.contains("questions: 2\nhit@1:     50.0 %"), "\(eval)")
    #expect(try await run("eval", folder + "/pages.txt").errors.contains("line 1: it is no JSON object"))
    await service.close()
  }
}
