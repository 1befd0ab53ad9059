import Reactor
import Synchronization

/// Reads documents, one after the other, on a thread of its own: what takes long keeps no loop from its clients.
package final class DocumentReader: Sendable {
  package let limits: DocumentLimits
  private let threads: LoopGroup
  private let clerk: Clerk
  private let waiting = Atomic(0)

  package init(limits: DocumentLimits = DocumentLimits()) throws {
    self.limits = limits
    threads = try LoopGroup(count: 1)
    clerk = Clerk(loop: threads.loops[0])
  }

  deinit { threads.stop() }

  /// Reads one.
  /// - Parameters:
  ///   - charset: the encoding of its text, where it came with a word of that.
  /// - Returns: what it says of itself, and its text as Markdown, which is not empty.
  package func read(
    _ bytes: [UInt8], as format: DocumentFormat, charset: String? = nil
  ) async throws(DocumentError) -> ReadDocument {
    guard bytes.count <= limits.bytes else {
      throw DocumentError(.tooLarge, "it is larger than \(limits.bytes) bytes")
    }
    guard !bytes.isEmpty else { throw DocumentError(.empty, "there is nothing in it") }
    guard waiting.add(1, ordering: .relaxed).newValue <= limits.waiting else {
      waiting.subtract(1, ordering: .relaxed)
      throw DocumentError(.busy, "too many documents are being read at this moment")
    }
    defer { waiting.subtract(1, ordering: .relaxed) }
    switch await clerk.read(bytes, format, charset, limits) {
    case .success(let document): return document
    case .failure(let error): throw error
    }
  }

  /// Does what takes long with what was read, on the same thread.
  package func work<Value: Sendable>(
    _ body: @Sendable () throws(DocumentError) -> Value
  ) async throws(DocumentError) -> Value {
    try await clerk.work(body)
  }

  private actor Clerk {
    nonisolated let unownedExecutor: UnownedSerialExecutor

    init(loop: EventLoop) { unownedExecutor = loop.asUnownedSerialExecutor() }

    func work<Value: Sendable>(
      _ body: @Sendable () throws(DocumentError) -> Value
    ) throws(DocumentError) -> Value {
      try body()
    }

    func read(
      _ bytes: [UInt8], _ format: DocumentFormat, _ charset: String?, _ limits: DocumentLimits
    ) -> Result<ReadDocument, DocumentError> {
      do throws(DocumentError) {
        return .success(try DocumentReader.parse(bytes, format, charset, limits))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Reads one on the calling thread.
  static func parse(
    _ bytes: [UInt8], _ format: DocumentFormat, _ charset: String?, _ limits: DocumentLimits
  ) throws(DocumentError) -> ReadDocument {
    var document: ReadDocument
    switch format {
    case .pdf: document = try PDFDocument.read(bytes, limits)
    case .html:
      let declared = charset ?? TextEncoding.declared(inHTML: bytes)
      document = try HTMLDocument.read(TextEncoding.utf8(bytes, charset: declared), limits)
    case .markdown: document = ReadDocument(markdown: TextEncoding.utf8(bytes, charset: charset))
    case .text:
      let text = String(decoding: TextEncoding.utf8(bytes, charset: charset), as: UTF8.self)
      document = ReadDocument(title: PlainText.title(text), markdown: Array(PlainText.markdown(text).utf8))
    }
    let text = String(decoding: document.markdown, as: UTF8.self)
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else {
      throw DocumentError(.empty, "there are no words in it")
    }
    guard document.markdown.count <= 2 * limits.textBytes else {
      throw DocumentError(.tooLarge, "there are more than \(limits.textBytes) bytes of text in it")
    }
    return document
  }
}
