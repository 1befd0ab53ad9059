/// Tasks that stay on the loop.
///
/// A continuation is resumed on its task's own executor before the task goes back to its actor. Without a preference that
/// is the global pool: two changes of thread for each wait.
extension EventLoop {
  /// Starts a task with the loop as its preferred executor, isolated as its caller is. `Task.init` with a preference
  /// leaves the caller's actor, hence the attributes, which are those of `Task.init` without one.
  ///
  /// It is for work on actors of this loop. On another loop's actor such a task may be suspended by any `await`, even of
  /// the same actor.
  @discardableResult
  package func task(
    @_inheritActorContext @_implicitSelfCapture _ operation: sending @escaping @isolated(any) () async -> Void
  ) -> Task<Void, Never> {
    Task(executorPreference: tasks, operation: operation)
  }
}

/// A loop as the executor that tasks prefer.
///
/// It is none of the loop's own, since the runtime compares both executors at every `await`: a task without a preference
/// that ran as if it had this one would be suspended there, where its actor calls itself.
final class LoopTasks: TaskExecutor, @unchecked Sendable {
  /// Set once, when the loop is made.
  unowned var loop: EventLoop?

  func enqueue(_ job: consuming ExecutorJob) { loop?.take(LoopJob(job: UnownedJob(job), isOfTask: true)) }
}

/// A job, and whether it came by the preference of its task.
struct LoopJob {
  let job: UnownedJob
  let isOfTask: Bool
}
