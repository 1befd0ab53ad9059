/// Tasks that stay on the loop.
extension EventLoop {
  /// Starts a task with the loop as its preferred executor, isolated as its caller is. `Task.init` with a preference
  /// leaves the caller's actor, hence the attributes, which are those of `Task.init` without one.
  @discardableResult
  package func task(
    @_inheritActorContext @_implicitSelfCapture _ operation: sending @escaping @isolated(any) () async -> Void
  ) -> Task<Void, Never> {
    Task(executorPreference: self, operation: operation)
  }
}
