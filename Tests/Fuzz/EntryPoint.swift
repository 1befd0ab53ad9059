/// What libFuzzer calls with each input. Where a target finds a property broken, it ends the program.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = FuzzInput(UnsafeBufferPointer(start: start, count: count))
  FuzzTarget.chosen.check(&input)
  return 0
}
