import Agents
import Log
import Postgres
import Reactor
import Store

/// What a server does beside serving, on its first loop.
struct BackgroundWork: Sendable {
  /// Renews the leases of runs, and takes over those of servers that are gone.
  let keeper: LeaseKeeper
  /// Follows what other servers do.
  let cluster: Cluster
  /// Ends and removes what is old.
  let housekeeper: Housekeeper
  /// Counts what models have cost.
  let budgets: BudgetKeeper
  /// Gives the passages of documents their vectors; nil where no service of embeddings is set.
  let embeddings: EmbeddingKeeper?

  /// - Parameter address: where this server is, for others to read.
  init(
    _ node: Node, _ store: PostgresStore, _ client: PostgresClient, _ shards: [Shard], loop: EventLoop, address: String
  ) {
    let (settings, log) = (node.settings, node.log)
    keeper = LeaseKeeper(
      loop: loop, store: store, shards: shards, presence: node.presence, log: log.named("leases"))
    cluster = Cluster(
      loop: loop, store: store, client: client, shards: shards, keeper: keeper, presence: node.presence,
      directory: node.directory,
      fetcher: KeyFetcher(client, on: loop, takesInner: settings.takesInnerKeys, log: log.named("cluster")),
      address: address, sealer: settings.sealer, log: log.named("cluster"))
    housekeeper = Housekeeper(
      loop: loop, work: Housekeeping(client, log: log.named("housekeeping")), settings: settings, shards: shards,
      log: log.named("housekeeping"))
    budgets = BudgetKeeper(loop: loop, book: BudgetBook(client), shard: shards[0], log: log.named("budgets"))
    embeddings = node.resources.vectors.map { vectors in
      let log = log.named("embeddings")
      return EmbeddingKeeper(
        loop: loop, embedder: Embedder(client: client, service: vectors.service, log: log),
        interval: settings.embeddings.intervalMilliseconds, log: log)
    }
  }
}
