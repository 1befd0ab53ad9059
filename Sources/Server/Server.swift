package import Agents
import EmbeddedPostgres
import Glibc
package import Log
import Postgres
import Reactor

/// Why a server could not start, in one sentence for its operator.
package struct StartError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// A running server: its database, its loops, a shard on each.
package final class Server: Sendable {
  /// Where it listens.
  package let port: UInt16
  /// From where requests are sent to `port`.
  package let redirectPort: UInt16?
  private let node: Node
  private let loops: LoopGroup
  private let shards: [Shard]
  private let clients: DatabaseClients
  private let work: BackgroundWork
  private let embedded: EmbeddedPostgres?

  init(
    port: UInt16, redirectPort: UInt16?, node: Node, loops: LoopGroup, shards: [Shard], clients: DatabaseClients,
    work: BackgroundWork, embedded: EmbeddedPostgres?
  ) {
    self.port = port
    self.redirectPort = redirectPort
    self.node = node
    self.loops = loops
    self.shards = shards
    self.clients = clients
    self.work = work
    self.embedded = embedded
  }

  /// Starts a server: the database where none is given, the migrations, the loops.
  /// - Parameter agents: agents beside those that the program brings, by their slugs.
  package static func start(
    _ settings: ServerSettings, agents: [String: any Agent] = [:], log: Logger
  ) async throws(StartError) -> Server {
    // Bound first: what is wrong with the address is known before a database is started.
    let listeners = try Listeners(host: settings.host, port: settings.port)
    let redirectors = try settings.redirectPort.map { port throws(StartError) in
      try Listeners(host: settings.host, port: port)
    }
    let (url, embedded) = try database(settings, log: log)
    do throws(any Error) {
      let settings = try settings.withKey()
      let server = try await assemble(settings, url: url, embedded: embedded, agents, listeners, redirectors, log: log)
      embedded?.supervise()
      return server
    } catch {
      try? embedded?.stop()
      throw StartError("\(error)")
    }
  }

  static func migrate(_ client: PostgresClient, _ settings: ServerSettings, log: Logger) async throws {
    try await Migrator(folder: settings.home + "/Migrations", log: log.named("migrations")).migrate(client)
  }

  /// The database of the settings, started where it is an embedded one.
  static func database(
    _ settings: ServerSettings, log: Logger
  ) throws(StartError) -> (url: String, embedded: EmbeddedPostgres?) {
    if let url = settings.databaseURL { return (url, nil) }
    do {
      var options = EmbeddedOptions()
      let loops = settings.loops > 0 ? settings.loops : sysconf(Int32(_SC_NPROCESSORS_ONLN))
      // Reading and journal on each loop, for two servers at once, and some for whoever looks in.
      options.maxConnections = max(options.maxConnections, 2 * loops * (settings.databaseConnections + 1) + 20)
      if settings.dataMegabytes > 0 { options.bufferMegabytes = settings.dataMegabytes }
      let embedded = try EmbeddedPostgres.start(data: settings.data, options: options, log: log.named("postgres"))
      return (embedded.url, embedded)
    } catch {
      throw StartError("\(error)")
    }
  }

  /// Whether all loops know the same state of sites, agents and credentials: they are told one after the other.
  package var agrees: Bool {
    get async {
      var versions: [[Int64]] = []
      for shard in shards { versions.append(await shard.knownVersions) }
      return Set(versions).count == 1
    }
  }

  /// Ends gracefully: answers are made to their end, as far as the settings give them time, connections are closed one
  /// after the other, what is under way is committed; the runs that are left are whoever's who comes next.
  package func stop() async {
    // All loops say so before the first of them acts on it.
    node.health.end()
    await work.housekeeper.stop()
    await work.budgets.stop()
    await work.embeddings?.stop()
    let (spread, grace) = (node.settings.drainSeconds * 1000, node.settings.graceSeconds * 1000)
    for shard in shards { await shard.drain(spread: spread, grace: grace) }
    await work.keeper.end()
    let deadline = EventLoop.monotonicMilliseconds() + max(spread, grace) + 5000
    func wait(until condition: (Shard) async -> Bool) async -> Bool {
      for shard in shards {
        while await !condition(shard) {
          guard EventLoop.monotonicMilliseconds() < deadline else { return false }
          await shard.sleep(milliseconds: 20)
        }
      }
      return true
    }
    _ = await wait { await !$0.isServing }
    for shard in shards { await shard.stopListening() }
    let isWhole = await wait { await $0.isQuiet }
    await work.keeper.stop(isWhole: isWhole)
    for shard in shards {
      await shard.storeActivityAtLast()
      await shard.storeSpendingAtLast()
    }
    await work.cluster.stop()
    await node.resources.close()
    await clients.close()
    loops.stop()
    loops.join()
    do { try embedded?.stop() } catch { node.log.error("PostgreSQL could not be stopped", ["error": error]) }
  }
}
